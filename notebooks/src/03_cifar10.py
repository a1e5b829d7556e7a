# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
#   labkit:
#     title:
#       en: "CIFAR-10: one change at a time"
#       fr: "CIFAR-10 : un changement à la fois"
#     minutes: 360
#     gpu: true
#     needs:
#       en: "labs 1 and 2"
#       fr: "les TP 1 et 2"
# ---

# %% [markdown] tags=["lang:en"]
# In labs 1 and 2 you built networks and trained them. This lab is about the question that comes next: **is this one
# better, and why?** The rule is the one of every experiment: change **one** thing, leave everything else as it was, and
# write the result down. So every training of this lab puts a row into one **ledger**, and the lab ends with one table
# of all of them.
#
# You will
#
# 1. get to know CIFAR-10, sixty thousand small photographs of ten kinds of things,
# 2. take each layer apart and compute by hand what it does to a real photograph,
# 3. compare five networks, from no hidden layer at all to AlexNet,
# 4. learn what each training parameter does, sweep three of them, and see why the test score is the one that counts,
# 5. and then improve a network step by step: deeper, regularised, normalised, trained for longer.
#
# Best with a GPU; the free T4 of Colab will do (*Runtime > Change runtime type*). Without one, the course budget takes
# its time.
#
# > **Danger.** A free GPU on Colab is counted while you are *connected*, not while you compute. **Disconnect when you
# > do not compute** (*Runtime > Disconnect and delete runtime*, or the last cell of this lab), or you will be refused a
# > GPU for a while, perhaps on the day before the deadline. Reading and sections 1 and 2 need no GPU.

# %% [markdown] tags=["lang:fr"]
# Dans les TP 1 et 2, vous avez construit et entraîné des réseaux. Ce TP porte sur la question qui vient ensuite :
# **celui-ci est-il meilleur, et pourquoi ?** La règle est celle de toute expérience : changer **une** chose, laisser
# tout le reste comme il était, et noter le résultat. Chaque entraînement de ce TP ajoute donc une ligne à un même
# **registre** (ledger), et le TP s'achève par une seule table de toutes ces lignes.
#
# Vous allez
#
# 1. faire connaissance avec CIFAR-10, soixante mille petites photographies de dix sortes de choses,
# 2. démonter chaque couche et calculer à la main ce qu'elle fait d'une vraie photographie,
# 3. comparer cinq réseaux, de l'absence de toute couche cachée jusqu'à AlexNet,
# 4. apprendre ce que fait chaque paramètre d'apprentissage, en balayer trois, et voir pourquoi c'est le score de test
#    qui compte,
# 5. puis améliorer un réseau pas à pas : plus profond, régularisé, normalisé, entraîné plus longtemps.
#
# De préférence avec un GPU ; le T4 gratuit de Colab suffit (*Exécution > Modifier le type d'exécution*). Sans GPU, le
# budget de cours prend son temps.
#
# > **Danger.** Sur Colab, un GPU gratuit est décompté tant que vous êtes *connecté*, et non quand vous calculez.
# > **Déconnectez-vous quand vous ne calculez pas** (*Exécution > Se déconnecter et supprimer l'environnement*, ou la
# > dernière cellule de ce TP), sinon on vous refusera un GPU pendant un temps, peut-être la veille du rendu. La lecture
# > et les sections 1 et 2 ne demandent pas de GPU.

# %% tags=["setup"] tasks=["S3.1"]
import labkit as lk

lk.setup(language="en")

import keras
import numpy as np
import pandas as pd

# %% [markdown] tags=["lang:en"]
# The budgets of the whole lab. `course` is the default; `full` has the epochs of the course sheets; `smoke` is a quick
# try on a small stand-in for the data.

# %% [markdown] tags=["lang:fr"]
# Les budgets de tout le TP. `course` est la valeur par défaut ; `full` a les époques des sujets ; `smoke` est un essai
# rapide sur un petit échantillon.

# %%
PHOTOS = lk.by_profile(smoke=600, course=40_000, full=40_000)
NET_EPOCHS = lk.by_profile(smoke=1, course=5, full=10)
ALEXNET_PHOTOS = lk.by_profile(smoke=100, course=10_000, full=40_000)
ALEXNET_EPOCHS = lk.by_profile(smoke=1, course=1, full=10)
SWEEP_PHOTOS = lk.by_profile(smoke=200, course=10_000, full=10_000)
SWEEP_EPOCHS = lk.by_profile(smoke=1, course=3, full=5)
SWEEP_RATES = lk.by_profile(smoke=[1e-3, 0.1], course=[1e-4, 1e-3, 1e-2, 0.1], full=[1e-4, 1e-3, 1e-2, 0.1])
SWEEP_BATCHES = lk.by_profile(smoke=[32], course=[32, 128], full=[32, 128])
EPOCHS = lk.by_profile(smoke=2, course=8, full=10)
LONG_EPOCHS = lk.by_profile(smoke=2, course=20, full=20)
LEAKY_EPOCHS = lk.by_profile(smoke=2, course=40, full=40)
BEST_EPOCHS = lk.by_profile(smoke=3, course=20, full=40)

# %% [markdown] tags=["lang:en"]
# And the ledger: a plain text file, one line a training. It outlives the notebook: after a crash or a disconnection,
# what was trained is still written there. (On Colab, put it on your Drive if it is to outlive the machine.)

# %% [markdown] tags=["lang:fr"]
# Et le registre : un simple fichier de texte, une ligne par entraînement. Il survit au notebook : après un plantage ou
# une déconnexion, ce qui a été entraîné y est encore écrit. (Sur Colab, mettez-le sur votre Drive s'il doit survivre à
# la machine.)

# %%
ledger = lk.experiments.Ledger("cifar10.jsonl")

# %% [markdown] tags=["lang:en"]
# ## 1. The data
#
# CIFAR-10 (Krizhevsky 2009): photographs of 32×32 pixels in colour, 50,000 to learn from and 10,000 to be tested on.
# `keras.datasets.cifar10.load_data()` downloads 170 MB; `lk.data.load` finds a copy where there is one, and sets 20 %
# of the training photographs aside for validation.

# %% [markdown] tags=["lang:fr"]
# ## 1. Les données
#
# CIFAR-10 (Krizhevsky 2009) : des photographies de 32×32 pixels en couleur, 50 000 pour apprendre et 10 000 pour être
# testé. `keras.datasets.cifar10.load_data()` télécharge 170 Mo ; `lk.data.load` trouve une copie s'il y en a une, et
# met de côté 20 % des photographies d'apprentissage pour la validation.

# %% tasks=["S4.3.1", "S4.3.2"]
raw = lk.data.load("cifar10", validation=0.2).subset(PHOTOS)
raw.describe()

# %% [markdown] tags=["lang:en"]
# Each pixel is three numbers (red, green, blue) of type `uint8`: a byte, 0 to 255. Black is (0, 0, 0).
#
# **Question.** `(x_train, y_train), (x_test, y_test) = keras.datasets.cifar10.load_data()` cuts nothing off for
# validation. What is the shape of its `x_train`?

# %% [markdown] tags=["lang:fr"]
# Chaque pixel, ce sont trois nombres (rouge, vert, bleu) de type `uint8` : un octet, de 0 à 255. Le noir est (0, 0, 0).
#
# **Question.** `(x_train, y_train), (x_test, y_test) = keras.datasets.cifar10.load_data()` ne met rien de côté pour la
# validation. Quelle est la forme de son `x_train` ?

# %% question="cifar10.x_shape" tasks=["S4.3.2"]
### BEGIN SOLUTION
x_shape = (50_000, 32, 32, 3)
### END SOLUTION

# %% tags=["check"]
lk.check("cifar10.x_shape", x_shape)

# %% [markdown] tags=["lang:en"]
# **Question.** Its labels are a *column*: one row a photograph, and in each row one number. What is the shape of
# Keras's `y_train`?

# %% [markdown] tags=["lang:fr"]
# **Question.** Ses labels sont une *colonne* : une ligne par photographie, et dans chaque ligne un seul nombre. Quelle
# est la forme du `y_train` de Keras ?

# %% question="cifar10.y_shape" tasks=["S4.3.2"]
### BEGIN SOLUTION
y_shape = (50_000, 1)
### END SOLUTION

# %% tags=["check"]
lk.check("cifar10.y_shape", y_shape)

# %% [markdown] tags=["lang:en"]
# labkit gives them flat, `(n,)`. The column is a trap: compared with flat predictions it makes a *table*, every
# prediction against every label, and the accuracy computed from it is nonsense without any error. The predictions below
# are all right; look at the two shapes and the two accuracies. `y.ravel()` makes a column flat.

# %% [markdown] tags=["lang:fr"]
# labkit les donne à plat, `(n,)`. La colonne est un piège : comparée à des prédictions à plat, elle fait une *table*,
# chaque prédiction contre chaque label, et l'exactitude que l'on en tire est absurde, sans aucune erreur. Les
# prédictions ci-dessous sont toutes justes ; voyez les deux formes et les deux exactitudes. `y.ravel()` met une colonne
# à plat.

# %% tasks=["S4.3.2"]
predicted = raw.y_test[:500]
column = predicted.reshape(-1, 1)
for labels in (column, column.ravel()):
    print((predicted == labels).shape, (predicted == labels).mean())

# %% [markdown] tags=["lang:en"]
# All ten classes have the same number of photographs: 5,000 for training (of which 1,000 go into validation) and 1,000
# for the test, **6,000 of each**. So a network that guesses is right for one photograph in ten: 0.1 is the accuracy of
# knowing nothing.
#
# **Question.** The labels are numbers, 0 to 9. Write the list `names` with the ten names in the order of the labels:
# airplane, automobile, bird, cat, deer, dog, frog, horse, ship, truck.

# %% [markdown] tags=["lang:fr"]
# Les dix classes ont le même nombre de photographies : 5 000 pour apprendre (dont 1 000 vont à la validation) et 1 000
# pour le test, **6 000 de chaque**. Un réseau qui devine a donc raison pour une photographie sur dix : 0,1 est
# l'exactitude de qui ne sait rien.
#
# **Question.** Les labels sont des nombres, de 0 à 9. Écrivez la liste `names` des dix noms dans l'ordre des labels :
# Avion, Voiture, Oiseau, Chat, Biche, Chien, Grenouille, Cheval, Bateau, Camion.

# %% question="cifar10.names" tasks=["S4.3.3"]
### BEGIN SOLUTION
english = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
french = ["Avion", "Voiture", "Oiseau", "Chat", "Biche", "Chien", "Grenouille", "Cheval", "Bateau", "Camion"]
names = french if raw.language == "fr" else english
### END SOLUTION
names_in_place = sum(mine == theirs for mine, theirs in zip(names, raw.class_names, strict=False))

# %% tags=["check"]
lk.check("cifar10.names", names_in_place)

# %% [markdown] tags=["lang:en"]
# **Question.** Show the first 25 training photographs with the names of their classes, and keep the result in `ax`.
# Which of them would *you* not have recognised?

# %% [markdown] tags=["lang:fr"]
# **Question.** Montrez les 25 premières photographies d'apprentissage avec le nom de leur classe, et gardez le résultat
# dans `ax`. Lesquelles n'auriez-*vous* pas reconnues ?

# %% question="cifar10.show" tasks=["S4.3.4"]
### BEGIN SOLUTION
ax = lk.plots.images(raw.x_train, raw.y_train, names)
### END SOLUTION

# %% tags=["check"]
lk.check("cifar10.show", ax)

# %% [markdown] tags=["lang:en"]
# For training, `scaled()` makes `float32` numbers in 0..1 of the bytes (a later section shows what happens without it).
# It is a new data set: `raw` keeps its bytes.

# %% [markdown] tags=["lang:fr"]
# Pour l'apprentissage, `scaled()` fait des octets des nombres `float32` dans 0..1 (une section suivante montre ce qui
# se passe sans cela). C'est un nouveau jeu de données : `raw` garde ses octets.

# %%
photos = raw.scaled()
photos

# %% [markdown] tags=["lang:en"]
# ## 2. The layers, one by one
#
# Everything in this section can be asked in the exam. For each layer: what goes in, what it computes, what it learns,
# what it is good for; and each is computed by hand and compared with Keras. The sources are named in the text and
# listed at the end of the section; Goodfellow, Bengio & Courville (2016), chapters 6 and 9, has all of it.
#
# One photograph will do (take another number if you like), and one function that says how far our result is from
# Keras's.

# %% [markdown] tags=["lang:fr"]
# ## 2. Les couches, une par une
#
# Tout ce qui est dans cette section peut être demandé à l'examen. Pour chaque couche : ce qui entre, ce qu'elle
# calcule, ce qu'elle apprend, à quoi elle sert ; et chacune est calculée à la main et comparée à Keras. Les sources
# sont nommées dans le texte et réunies à la fin de la section ; Goodfellow, Bengio & Courville (2016), chapitres 6 et
# 9, traite de tout.
#
# Une photographie suffit (prenez un autre numéro si vous voulez), et une fonction qui dit de combien notre résultat
# s'écarte de celui de Keras.

# %%
photo = photos.x_train[8]


def difference(ours, keras_s):
    """The largest difference; infinite where not even the shapes are the same."""
    ours, keras_s = np.asarray(ours), np.asarray(keras_s)
    return np.abs(ours - keras_s).max() if ours.shape == keras_s.shape else np.inf


_ = lk.plots.images(photo[np.newaxis], captions=["32×32×3"], size=3)

# %% [markdown] tags=["lang:en"]
# ### Dense
#
# The photograph is laid out in one row of 32·32·3 = 3,072 numbers $x$. Each neuron has one weight for **each** of them
# and one bias: $y_k = b_k + \sum_i x_i\,w_{ik}$. All neurons of the layer together are one matrix product,
# $y = x\,W + b$; what is learnt is $W$ and $b$. Freshly built, `Dense` draws $W$ evenly from
# $\pm\sqrt{6 / (\text{inputs} + \text{outputs})}$, so that signals neither die out nor explode on their way through
# many layers (Glorot & Bengio 2010). (Biases begin at 0; here they are drawn, too, so that none can be forgotten.)

# %% [markdown] tags=["lang:fr"]
# ### Dense
#
# La photographie est mise en une ligne de 32·32·3 = 3 072 nombres $x$. Chaque neurone a un poids pour **chacun** d'eux
# et un biais : $y_k = b_k + \sum_i x_i\,w_{ik}$. Tous les neurones de la couche ensemble, c'est un produit de matrices,
# $y = x\,W + b$ ; ce qui s'apprend, c'est $W$ et $b$. Toute neuve, `Dense` tire $W$ uniformément dans
# $\pm\sqrt{6 / (\text{entrées} + \text{sorties})}$, pour que les signaux ne s'éteignent ni n'explosent en traversant
# beaucoup de couches (Glorot & Bengio 2010). (Les biais commencent à 0 ; ici, ils sont tirés aussi, pour qu'on ne
# puisse pas les oublier.)

# %% tasks=["S3.3"]
row = photo.reshape(1, -1)
dense = keras.layers.Dense(4, bias_initializer="random_normal")
by_keras = np.array(dense(row))
weights, biases = dense.get_weights()
print(row.shape, weights.shape, biases.shape, by_keras.shape)
print(np.sqrt(6 / (3072 + 4)), np.abs(weights).max())

# %% [markdown] tags=["lang:en"]
# **Question.** Compute `neuron`, the output of the layer's first neuron (number 0), from `row`, `weights` and `biases`.

# %% [markdown] tags=["lang:fr"]
# **Question.** Calculez `neuron`, la sortie du premier neurone de la couche (numéro 0), à partir de `row`, `weights` et
# `biases`.

# %% question="cifar10.dense_neuron" tasks=["S3.3"]
### BEGIN SOLUTION
neuron = (row[0] * weights[:, 0]).sum() + biases[0]
### END SOLUTION

# %% tags=["check"]
lk.check("cifar10.dense_neuron", difference(neuron, by_keras[0, 0]))

# %% [markdown] tags=["lang:en"]
# The whole layer at once; and then something to think about: shuffle the pixels, and the rows of $W$ in the same way.
# The output is the same. **A `Dense` layer does not know which pixels are neighbours**; for it, a photograph is a list.

# %% [markdown] tags=["lang:fr"]
# Toute la couche d'un coup ; puis de quoi réfléchir : mélangez les pixels, et de la même façon les lignes de $W$. La
# sortie est la même. **Une couche `Dense` ne sait pas quels pixels sont voisins** ; pour elle, une photographie est une
# liste.

# %% tasks=["S3.3"]
shuffle = np.random.default_rng(0).permutation(3072)
print(difference(row @ weights + biases, by_keras))
print(difference(row[:, shuffle] @ weights[shuffle] + biases, by_keras))

# %% [markdown] tags=["lang:en"]
# ### Convolution
#
# A kernel is a small block of weights that is as *deep* as what it looks at: on a colour photograph, 3×3×**3**. It is
# laid on the image, all 27 products of weight and number are added up over the three channels, and a bias is added:
# that is **one** number. Then it moves on.
#
# ![One step of a convolution over three channels](../../images/color_convolution.png)
#
# $$y_{ijk} = b_k + \sum_{u,v,c} x_{i+u,\;j+v,\;c}\; w_{u,v,c,k}$$
#
# (Mathematicians turn the kernel round first and call this one a cross-correlation; as the kernel is learnt, it does
# not matter.) What is learnt is $w$ and $b$, the same for all places $(i, j)$: LeCun et al. (1998) called it weight
# sharing.
#
# **Question.** Keras keeps the kernels of a layer in one array. What is its shape for `Conv2D(4, 3)` on a colour
# photograph?

# %% [markdown] tags=["lang:fr"]
# ### Convolution
#
# Un noyau est un petit bloc de poids, aussi *profond* que ce qu'il regarde : sur une photographie en couleur,
# 3×3×**3**. On le pose sur l'image, on additionne les 27 produits poids × nombre sur les trois canaux, puis on ajoute
# un biais : cela fait **un** nombre. Puis il avance.
#
# ![Un pas d'une convolution sur trois canaux](../../images/color_convolution.png)
#
# $$y_{ijk} = b_k + \sum_{u,v,c} x_{i+u,\;j+v,\;c}\; w_{u,v,c,k}$$
#
# (Les mathématiciens retournent d'abord le noyau et appellent celle-ci une corrélation croisée ; comme le noyau est
# appris, c'est égal.) Ce qui s'apprend, c'est $w$ et $b$, les mêmes pour toutes les places $(i, j)$ : LeCun et al.
# (1998) l'appellent le partage des poids.
#
# **Question.** Keras garde les noyaux d'une couche dans un seul tableau. Quelle est sa forme pour `Conv2D(4, 3)` sur
# une photographie en couleur ?

# %% question="cifar10.kernel_shape" tasks=["S3.3"]
### BEGIN SOLUTION
kernel_shape = (3, 3, 3, 4)
### END SOLUTION

# %% tags=["check"]
lk.check("cifar10.kernel_shape", kernel_shape)

# %% [markdown] tags=["lang:en"]
# Here is such a layer, with its output by Keras, and one number of that output by hand: kernel 0 at row 5, column 10.

# %% [markdown] tags=["lang:fr"]
# Voici une telle couche, sa sortie par Keras, et un nombre de cette sortie à la main : noyau 0, ligne 5, colonne 10.

# %% tasks=["S3.3"]
conv = keras.layers.Conv2D(4, 3, bias_initializer="random_normal")
by_keras = np.array(conv(photo[np.newaxis]))[0]
kernels, biases = conv.get_weights()
window = photo[5:8, 10:13]
print(window.shape, (window * kernels[..., 0]).sum() + biases[0], by_keras[5, 10, 0])

# %% [markdown] tags=["lang:en"]
# **Question.** Now the whole output, `by_hand`, of shape (30, 30, 4): all places and all four kernels. Loops are
# welcome.

# %% [markdown] tags=["lang:fr"]
# **Question.** Maintenant toute la sortie, `by_hand`, de forme (30, 30, 4) : toutes les places et les quatre noyaux.
# Les boucles sont bienvenues.

# %% question="cifar10.conv_by_hand" tasks=["S3.3"]
### BEGIN SOLUTION
by_hand = np.zeros((30, 30, 4))
for i in range(30):
    for j in range(30):
        for k in range(4):
            window = photo[i : i + 3, j : j + 3]
            by_hand[i, j, k] = (window * kernels[..., k]).sum() + biases[k]
### END SOLUTION

# %% tags=["check"]
lk.check("cifar10.conv_by_hand", difference(by_hand, by_keras))

# %% [markdown] tags=["lang:en"]
# The same without loops: all windows side by side, multiplied by all kernels. The largest difference from Keras is one
# of rounding (about 0.0000001; on some GPUs, which round more coarsely, up to 0.001).

# %% [markdown] tags=["lang:fr"]
# La même chose sans boucles : toutes les fenêtres côte à côte, multipliées par tous les noyaux. La plus grande
# différence avec Keras est un arrondi (environ 0,0000001 ; sur certains GPU, qui arrondissent plus grossièrement,
# jusqu'à 0,001).

# %% tasks=["S3.3"]
windows = np.lib.stride_tricks.sliding_window_view(photo, (3, 3), axis=(0, 1))
without_loops = np.einsum("ijcuv,uvck->ijk", windows, kernels) + biases
print(windows.shape, difference(without_loops, by_keras))

# %% [markdown] tags=["lang:en"]
# This layer has (3·3·3 + 1)·4 = **112** weights. A `Dense` layer with as many outputs, 30·30·4 = 3,600, would have
# (3,072 + 1)·3,600 = **11,062,800**, and would have to learn the same edge anew in each of 900 places. Goodfellow et
# al. (chapter 9) name the three ideas in it: a neuron sees little (*sparse interactions*), the weights are shared, and
# what moves in the image moves in the map (*equivariance*).
#
# ### What a kernel can see
#
# Before networks learnt them, people made kernels by hand. On the grey photograph (the mean of the three channels):

# %% [markdown] tags=["lang:fr"]
# Cette couche a (3·3·3 + 1)·4 = **112** poids. Une couche `Dense` avec autant de sorties, 30·30·4 = 3 600, en aurait
# (3 072 + 1)·3 600 = **11 062 800**, et devrait apprendre le même contour à nouveau en chacune de 900 places.
# Goodfellow et al. (chapitre 9) nomment les trois idées : un neurone voit peu (*sparse interactions*), les poids sont
# partagés, et ce qui bouge dans l'image bouge dans la carte (*équivariance*).
#
# ### Ce qu'un noyau peut voir
#
# Avant que les réseaux ne les apprennent, on faisait des noyaux à la main. Sur la photographie en gris (la moyenne des
# trois canaux) :

# %% tasks=["S3.3"]
grey = photo.mean(axis=-1)
KERNELS = {
    "blur": np.ones((3, 3)) / 9,
    "sharpen": np.array([[0, -1, 0], [-1, 5, -1], [0, -1, 0]]),
    "Sobel ↔": np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]),
    "Sobel ↕": np.array([[-1, -2, -1], [0, 0, 0], [1, 2, 1]]),
    "Laplace": np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]]),
}


def convolve(image, kernel):
    """A 'valid' convolution with stride 1 of one channel by one kernel, without a bias."""
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
    return (windows * kernel).sum(axis=(2, 3))


# %%
blurred, sharpened = (convolve(grey, KERNELS[name]) for name in ("blur", "sharpen"))
shown = np.stack([grey[1:-1, 1:-1], blurred, sharpened.clip(0, 1)])
_ = lk.plots.images(shown, captions=["grey", "blur", "sharpen"], columns=3, size=2.6)

# %% [markdown] tags=["lang:en"]
# Edges have a sign: red where it gets brighter from left to right (or downwards), blue where it gets darker.

# %% [markdown] tags=["lang:fr"]
# Les contours ont un signe : rouge là où l'image s'éclaircit de gauche à droite (ou vers le bas), bleu là où elle
# s'assombrit.

# %% tasks=["S3.3"]
edges = np.stack([convolve(grey, KERNELS[name]) for name in ("Sobel ↔", "Sobel ↕", "Laplace")])
_ = lk.plots.images(lk.plots.signed(edges), captions=["Sobel ↔", "Sobel ↕", "Laplace"], columns=3, size=2.6)

# %% [markdown] tags=["lang:en"]
# **Question.** In the sky every pixel is 0.8. What does the *sharpen* kernel answer there? (Predict; and what would
# *blur* and *Laplace* answer?)

# %% [markdown] tags=["lang:fr"]
# **Question.** Dans le ciel, chaque pixel vaut 0,8. Que répond là le noyau *sharpen* ? (Prédisez ; et que répondraient
# *blur* et *Laplace* ?)

# %% question="cifar10.flat_area" tasks=["S3.3"]
### BEGIN SOLUTION
flat_area = 0.8 * KERNELS["sharpen"].sum()  # blur: 0.8, too; Laplace: its weights add up to 0
### END SOLUTION

# %% tags=["check"]
lk.check("cifar10.flat_area", flat_area)

# %% [markdown] tags=["lang:en"]
# ### Padding and stride
#
# Along one axis of $n$ pixels, a kernel of $k$ with stride $s$ and $p$ zeros on each side has
# $\lfloor (n + 2p - k) / s \rfloor + 1$ places (Dumoulin & Visin 2016 draw every case). 'valid' is $p = 0$; 'same' with
# stride 1 is $p = (k - 1) / 2$. Zeros are a lie about the world outside the photograph, and the border shows it:
#
# **Question.** A photograph is white all over (1.0). What does the *blur* kernel, nine times 1/9, answer in the
# **corner** with padding 'same'?

# %% [markdown] tags=["lang:fr"]
# ### Padding et stride
#
# Le long d'un axe de $n$ pixels, un noyau de $k$ avec un stride de $s$ et $p$ zéros de chaque côté a
# $\lfloor (n + 2p - k) / s \rfloor + 1$ places (Dumoulin & Visin 2016 dessinent tous les cas). 'valid', c'est $p = 0$ ;
# 'same' avec un stride de 1, c'est $p = (k - 1) / 2$. Ces zéros sont un mensonge sur ce qui entoure la photographie, et
# cela se voit au bord :
#
# **Question.** Une photographie est toute blanche (1,0). Que répond le noyau *blur*, neuf fois 1/9, dans le **coin**
# avec un padding 'same' ?

# %% question="cifar10.same_corner" tasks=["S3.3"]
### BEGIN SOLUTION
same_corner = 4 / 9  # four of the nine weights lie on the photograph, five on zeros
### END SOLUTION

# %% tags=["check"]
lk.check("cifar10.same_corner", same_corner)

# %% tasks=["S3.3"]
blur = keras.layers.Conv2D(1, 3, padding="same", kernel_initializer=keras.initializers.Constant(1 / 9))
np.array(blur(np.ones((1, 5, 5, 1))))[0, ..., 0].round(2)

# %% [markdown] tags=["lang:en"]
# **Question.** AlexNet's first layer (Krizhevsky et al. 2012) has 96 kernels of 11×11 with stride 4, 'valid', on images
# of 227×227×3. What is the shape of its output? (The paper says 224; with that the kernels do not fit evenly. Try it.)

# %% [markdown] tags=["lang:fr"]
# **Question.** La première couche d'AlexNet (Krizhevsky et al. 2012) a 96 noyaux 11×11 avec un stride de 4, 'valid',
# sur des images de 227×227×3. Quelle est la forme de sa sortie ? (L'article dit 224 ; avec cela, le compte n'est pas
# juste. Essayez.)

# %% question="cifar10.alexnet_stride" tasks=["S3.3"]
### BEGIN SOLUTION
alexnet_shape = ((227 - 11) // 4 + 1, (227 - 11) // 4 + 1, 96)
### END SOLUTION

# %% tags=["check"]
lk.check("cifar10.alexnet_stride", alexnet_shape)

# %% [markdown] tags=["lang:en"]
# ### Pooling
#
# The map is cut into blocks of 2×2; of each block the largest number is kept (**max pooling**: "was the thing seen here
# at all?") or the mean (**average pooling**, as in LeNet-5). It works map by map, learns nothing, makes everything
# behind it four times cheaper, and lets a thing move by a pixel without changing the answer much.
#
# **Question.** Compute `max_pooled` and `average_pooled` of `feature_map`, (30, 30), with numpy; both are (15, 15).
# (One way: with `reshape(15, 2, 15, 2)`, the axes 1 and 3 run through the inside of the blocks.)

# %% [markdown] tags=["lang:fr"]
# ### Pooling
#
# La carte est découpée en blocs 2×2 ; de chaque bloc on garde le plus grand nombre (**max pooling** : « la chose
# a-t-elle été vue ici ? ») ou la moyenne (**average pooling**, comme dans LeNet-5). Il travaille carte par carte,
# n'apprend rien, rend tout ce qui suit quatre fois moins cher, et laisse une chose bouger d'un pixel sans trop changer
# la réponse.
#
# **Question.** Calculez avec numpy `max_pooled` et `average_pooled` de `feature_map`, (30, 30) ; tous deux sont (15,
# 15). (Une façon : avec `reshape(15, 2, 15, 2)`, les axes 1 et 3 parcourent l'intérieur des blocs.)

# %% question="cifar10.pooling" tasks=["S3.3"]
feature_map = np.abs(edges[0])
### BEGIN SOLUTION
blocks = feature_map.reshape(15, 2, 15, 2)
max_pooled = blocks.max(axis=(1, 3))
average_pooled = blocks.mean(axis=(1, 3))
### END SOLUTION
batch = feature_map[np.newaxis, :, :, np.newaxis]
keras_max = np.array(keras.layers.MaxPooling2D(2)(batch))[0, :, :, 0]
keras_average = np.array(keras.layers.AveragePooling2D(2)(batch))[0, :, :, 0]

# %% tags=["check"]
lk.check("cifar10.pooling", difference(max_pooled, keras_max) + difference(average_pooled, keras_average))

# %%
enlarged = [np.kron(pooled, np.ones((2, 2))) for pooled in (max_pooled, average_pooled)]
captions = ["30×30", "max 15×15", "average 15×15"]
_ = lk.plots.images(np.stack([feature_map, *enlarged]), captions=captions, columns=3, size=2.6)

# %% [markdown] tags=["lang:en"]
# ### Activations
#
# A weighted sum of weighted sums is a weighted sum: without something bent in between, a deep network can do no more
# than a single layer. So each hidden layer ends with an **activation**, the same function for every number:
#
# - **tanh** (LeNet-5): between -1 and 1. For large inputs it is flat, its slope nearly 0; behind several such layers
#   hardly any gradient is left, the *vanishing gradient* (Glorot & Bengio 2010).
# - **ReLU**, max(0, z) (Nair & Hinton 2010): slope exactly 1 on the positive side, and cheap. On CIFAR-10, Krizhevsky
#   et al. (2012) saw a network with ReLU reach the same training error six times sooner than with tanh. A ReLU that is
#   negative for *all* images has slope 0 everywhere: it is dead and learns no more.
# - **LeakyReLU** (Maas et al. 2013): a small slope on the negative side, so that nothing can die.

# %% [markdown] tags=["lang:fr"]
# ### Les activations
#
# Une somme pondérée de sommes pondérées est une somme pondérée : sans rien de courbe entre les couches, un réseau
# profond ne peut pas plus qu'une seule couche. Chaque couche cachée finit donc par une **activation**, la même fonction
# pour chaque nombre :
#
# - **tanh** (LeNet-5) : entre -1 et 1. Pour de grandes entrées, elle est plate, sa pente presque nulle ; derrière
#   plusieurs couches de ce genre, il ne reste guère de gradient : le *vanishing gradient* (Glorot & Bengio 2010).
# - **ReLU**, max(0, z) (Nair & Hinton 2010) : de pente exactement 1 du côté positif, et peu coûteuse. Sur CIFAR-10,
#   Krizhevsky et al. (2012) ont vu un réseau avec ReLU atteindre la même erreur d'apprentissage six fois plus tôt
#   qu'avec tanh. Une ReLU négative pour *toutes* les images a partout une pente nulle : elle est morte et n'apprend
#   plus.
# - **LeakyReLU** (Maas et al. 2013) : une petite pente du côté négatif, pour que rien ne puisse mourir.

# %% tasks=["S3.3"]
z = np.linspace(-4, 4, 81)
leaky = np.array(keras.ops.leaky_relu(z, negative_slope=0.3))
curves = pd.DataFrame({"tanh": np.tanh(z), "LeakyReLU 0.3": leaky, "ReLU": np.maximum(z, 0)}, index=z)
_ = curves.plot(style=["-", "-", "--"], grid=True, figsize=(5.5, 3.2), xlabel="z")
curves.apply(lambda curve: np.gradient(curve, z)).loc[[-4.0, -1.0, 1.0, 4.0]].round(4)

# %% [markdown] tags=["lang:en"]
# **Question.** A network has `Dense` 128 and then `Dense` 10 on a photograph of 3,072 numbers: 394,634 weights. Someone
# forgets the activation between them. It can then do exactly what *one* `Dense` layer can do. How many weights would
# that one layer have?

# %% [markdown] tags=["lang:fr"]
# **Question.** Un réseau a `Dense` 128 puis `Dense` 10 sur une photographie de 3 072 nombres : 394 634 poids. Quelqu'un
# oublie l'activation entre les deux. Il peut alors exactement ce que peut *une seule* couche `Dense`. Combien de poids
# aurait cette seule couche ?

# %% question="cifar10.no_activation" tasks=["S3.3"]
### BEGIN SOLUTION
no_activation = (3072 + 1) * 10
### END SOLUTION

# %% tags=["check"]
lk.check("cifar10.no_activation", no_activation)

# %% [markdown] tags=["lang:en"]
# The last layer's activation is another kind: the **softmax** makes probabilities of ten logits,
# $p_k = e^{z_k} / \sum_j e^{z_j}$. It is not taken number by number: each probability depends on all logits.
#
# **Question.** Three classes, logits 3, 1, 0. What is the probability of the first? (Two decimals are enough.)

# %% [markdown] tags=["lang:fr"]
# L'activation de la dernière couche est d'un autre genre : le **softmax** fait de dix logits des probabilités,
# $p_k = e^{z_k} / \sum_j e^{z_j}$. Il ne se prend pas nombre par nombre : chaque probabilité dépend de tous les logits.
#
# **Question.** Trois classes, logits 3, 1, 0. Quelle est la probabilité de la première ? (Deux décimales suffisent.)

# %% question="cifar10.softmax" tasks=["S3.3"]
### BEGIN SOLUTION
logits = np.array([3, 1, 0])
probabilities = np.exp(logits) / np.exp(logits).sum()
first_probability = probabilities[0]
### END SOLUTION

# %% tags=["check"]
lk.check("cifar10.softmax", first_probability)

# %% [markdown] tags=["lang:en"]
# ### Flatten
#
# It lays all maps out in one row, between the part that sees and the part that decides. Nothing is computed, nothing is
# learnt; and what was next to what is forgotten, since a `Dense` layer follows.
#
# **Question.** LeNet-5 on a 32×32×3 photograph: 6 kernels 5×5 'valid', pooling 2×2, 16 kernels 5×5 'valid', pooling
# 2×2, `Flatten`. How many numbers come out?

# %% [markdown] tags=["lang:fr"]
# ### Flatten
#
# Elle met toutes les cartes en une ligne, entre la partie qui voit et la partie qui décide. Rien n'est calculé, rien
# n'est appris ; et l'on oublie ce qui était à côté de quoi, puisqu'une couche `Dense` suit.
#
# **Question.** LeNet-5 sur une photographie 32×32×3 : 6 noyaux 5×5 'valid', pooling 2×2, 16 noyaux 5×5 'valid', pooling
# 2×2, `Flatten`. Combien de nombres en sortent ?

# %% question="cifar10.lenet_flatten" tasks=["S3.3", "S3.1"]
### BEGIN SOLUTION
side = 32
for _ in range(2):
    side = (side - 5 + 1) // 2
lenet_flatten = side * side * 16
### END SOLUTION

# %% tags=["check"]
lk.check("cifar10.lenet_flatten", lenet_flatten)

# %% [markdown] tags=["lang:en"]
# ### Dropout
#
# In training, `Dropout(rate)` sets each number to 0 with probability `rate`, others at every step, and **multiplies the
# rest by 1 / (1 - rate)**. No neuron can rely on one particular other neuron; the network behaves like the mean of very
# many thinner ones (Srivastava et al. 2014). At prediction it does nothing.
#
# ![Dropout in training and at prediction](../../images/dropout.png)
#
# **Question.** An activation of 0.6 enters `Dropout(0.25)` in training and is *not* dropped. What comes out?

# %% [markdown] tags=["lang:fr"]
# ### Dropout
#
# En apprentissage, `Dropout(rate)` met chaque nombre à 0 avec la probabilité `rate`, d'autres à chaque pas, et
# **multiplie les autres par 1 / (1 - rate)**. Aucun neurone ne peut compter sur un autre neurone particulier ; le
# réseau se comporte comme la moyenne d'un très grand nombre de réseaux plus maigres (Srivastava et al. 2014). En
# prédiction, elle ne fait rien.
#
# ![Le dropout en apprentissage et en prédiction](../../images/dropout.png)
#
# **Question.** Une activation de 0,6 entre dans `Dropout(0.25)` en apprentissage et n'est *pas* éteinte. Qu'en
# sort-il ?

# %% question="cifar10.dropout_value" tasks=["S3.3"]
### BEGIN SOLUTION
dropout_value = 0.6 / (1 - 0.25)
### END SOLUTION

# %% tags=["check"]
lk.check("cifar10.dropout_value", dropout_value)

# %% [markdown] tags=["lang:en"]
# Measured on the maps of 32 photographs, after a ReLU: the factors that occur, the share of zeros, and the three means
# (before; in training; at prediction). The factor is there to keep the mean: the next layer then finds what it is used
# to.

# %% [markdown] tags=["lang:fr"]
# Mesuré sur les cartes de 32 photographies, après une ReLU : les facteurs qui apparaissent, la part des zéros, et les
# trois moyennes (avant ; en apprentissage ; en prédiction). Le facteur est là pour garder la moyenne : la couche
# suivante trouve alors ce dont elle a l'habitude.

# %% tasks=["S3.3"]
maps = np.array(conv(photos.x_train[:32]))
before = np.maximum(maps, 0)
dropout = keras.layers.Dropout(0.25, seed=0)
trained, predicted = (np.array(dropout(before, training=training)) for training in (True, False))
factors = trained[before > 0] / before[before > 0]
print(np.unique(factors.round(3)), (factors == 0).mean().round(3))
print(before.mean().round(4), trained.mean().round(4), predicted.mean().round(4))

# %% [markdown] tags=["lang:en"]
# ### Batch normalisation
#
# For each channel, subtract the mean and divide by the standard deviation, both **of the batch**; then multiply by γ
# and add β, which are learnt (so the layer can undo it all where that is better):
#
# $$\hat x = \frac{x - \mu}{\sqrt{\sigma^2 + \varepsilon}}, \qquad y = \gamma\,\hat x + \beta$$
#
# ![Batch normalisation](../../images/batch_norm.png)
#
# Ioffe & Szegedy (2015) could then train with much larger learning rates, and deeper. (They put it before the
# activation, the nets of this lab after it; both work. *Why* it helps is still argued about: Santurkar et al. 2018.)

# %% [markdown] tags=["lang:fr"]
# ### Normalisation par lots (batch normalisation)
#
# Pour chaque canal, on soustrait la moyenne et on divise par l'écart-type, tous deux **du lot** ; puis on multiplie par
# γ et on ajoute β, qui sont appris (la couche peut donc tout défaire là où c'est mieux) :
#
# $$\hat x = \frac{x - \mu}{\sqrt{\sigma^2 + \varepsilon}}, \qquad y = \gamma\,\hat x + \beta$$
#
# ![Normalisation par lots](../../images/batch_norm.png)
#
# Ioffe & Szegedy (2015) ont pu entraîner ainsi avec des taux d'apprentissage bien plus grands, et plus profond. (Ils la
# mettent avant l'activation, les réseaux de ce TP après ; les deux marchent. *Pourquoi* elle aide, on en discute
# encore : Santurkar et al. 2018.)

# %% tasks=["S3.3"]
norm = keras.layers.BatchNormalization()
normed = np.array(norm(maps, training=True))


def per_channel(x):
    return pd.DataFrame({"mean": x.mean(axis=(0, 1, 2)), "std": x.std(axis=(0, 1, 2))}).round(3)


pd.concat({"before": per_channel(maps), "in training": per_channel(normed)}, axis=1)

# %% [markdown] tags=["lang:en"]
# A single photograph at prediction has no batch. So the layer keeps two **moving averages** during training (new = 0.99
# · old + 0.01 · that of the batch, beginning with mean 0 and variance 1) and uses those at prediction. They are not
# trained by the gradient, but they are part of the model.
#
# **Question.** How many numbers does `BatchNormalization` keep for these 4 channels, and how many of them are trained
# by the gradient? A list of two.

# %% [markdown] tags=["lang:fr"]
# Une photographie seule, en prédiction, n'a pas de lot. La couche tient donc deux **moyennes mobiles** pendant
# l'apprentissage (nouvelle = 0,99 · ancienne + 0,01 · celle du lot, en commençant par moyenne 0 et variance 1) et
# emploie celles-là en prédiction. Le gradient ne les entraîne pas, mais elles font partie du modèle.
#
# **Question.** Combien de nombres `BatchNormalization` garde-t-elle pour ces 4 canaux, et combien sont entraînés par le
# gradient ? Une liste de deux.

# %% question="cifar10.norm_parameters" tasks=["S3.3"]
### BEGIN SOLUTION
norm_parameters = [4 * 4, 2 * 4]  # γ, β, moving mean, moving variance; γ and β are trained
### END SOLUTION

# %% tags=["check"]
lk.check("cifar10.norm_parameters", norm_parameters)

# %% [markdown] tags=["lang:en"]
# After **one** batch the moving averages are still nearly 0 and 1, and prediction hardly normalises; after 1,000 they
# have caught up. That is why the validation loss of a network with batch normalisation can be very bad in its first
# epoch: it is measured with averages that lag behind.

# %% [markdown] tags=["lang:fr"]
# Après **un** lot, les moyennes mobiles sont encore presque 0 et 1, et la prédiction ne normalise guère ; après 1 000,
# elles ont rattrapé leur retard. C'est pourquoi la perte de validation d'un réseau avec normalisation par lots peut
# être très mauvaise à la première époque : elle est mesurée avec des moyennes en retard.

# %% tasks=["S3.3"]
early = np.array(norm(maps, training=False))
for _ in range(1000):
    norm(maps, training=True)
late = np.array(norm(maps, training=False))
pd.concat({"prediction, 1 batch": per_channel(early), "prediction, 1001 batches": per_channel(late)}, axis=1)

# %% [markdown] tags=["lang:en"]
# And γ and β: set to 2 and 3, every channel has mean 3 and standard deviation about 2.

# %% [markdown] tags=["lang:fr"]
# Et γ et β : mis à 2 et 3, tous les canaux ont la moyenne 3 et l'écart-type 2 environ.

# %% tasks=["S3.3"]
norm.gamma.assign(np.full(4, 2.0))
norm.beta.assign(np.full(4, 3.0))
per_channel(np.array(norm(maps, training=True)))

# %% [markdown] tags=["lang:en"]
# **Question (in your own words).** Say of each of these layers what it computes, what it learns, and what it is for:
# `Dense`, `Conv2D`, pooling, ReLU, softmax, `Flatten`, `Dropout`, `BatchNormalization`. Which of them behave
# differently in training and at prediction?

# %% [markdown] tags=["lang:fr"]
# **Question (avec vos mots).** Dites de chacune de ces couches ce qu'elle calcule, ce qu'elle apprend, et à quoi elle
# sert : `Dense`, `Conv2D`, pooling, ReLU, softmax, `Flatten`, `Dropout`, `BatchNormalization`. Lesquelles se comportent
# autrement en apprentissage et en prédiction ?

# %% [markdown] tags=["answer", "lang:en"] question="cifar10.layers" tasks=["S3.3"]
# | layer | computes | learns | is for |
# |---|---|---|---|
# | `Dense` | each output is a weighted sum of *all* inputs, and a bias | one weight an input and neuron, one bias a neuron | putting everything together: the decision |
# | `Conv2D` | weighted sum over a small window and all channels, the same weights in every place | (height · width · channels + 1) · kernels | finding the same thing anywhere: edges, then parts |
# | pooling | the largest (or the mean) of each 2×2 block, map by map | nothing | smaller maps, wider view, indifference to small shifts |
# | ReLU | max(0, z) | nothing | without a bend, layers collapse into one; its slope of 1 lets the gradient through |
# | softmax | $e^{z_k}$ over the sum of all | nothing | probabilities out of logits |
# | `Flatten` | nothing, it re-arranges | nothing | from maps to the row that `Dense` wants |
# | `Dropout` | zeros by chance, the rest times 1/(1 - rate) | nothing | against over-fitting: nobody can rely on one neighbour |
# | `BatchNormalization` | mean 0 and standard deviation 1 a channel, then γ and β | γ and β (and keeps two moving averages) | larger steps, deeper networks |
#
# Two know the difference: `Dropout` does nothing at prediction; `BatchNormalization` takes its moving averages instead
# of the batch's mean and variance.

# %% [markdown] tags=["answer", "lang:fr"] question="cifar10.layers" tasks=["S3.3"]
# | couche | calcule | apprend | sert à |
# |---|---|---|---|
# | `Dense` | chaque sortie est une somme pondérée de *toutes* les entrées, plus un biais | un poids par entrée et neurone, un biais par neurone | tout réunir : la décision |
# | `Conv2D` | somme pondérée sur une petite fenêtre et tous les canaux, mêmes poids à toute place | (hauteur · largeur · canaux + 1) · noyaux | trouver la même chose n'importe où : contours, puis parties |
# | pooling | le plus grand (ou la moyenne) de chaque bloc 2×2, carte par carte | rien | cartes plus petites, vue plus large, indifférence aux petits décalages |
# | ReLU | max(0, z) | rien | sans courbure, les couches n'en font qu'une ; sa pente de 1 laisse passer le gradient |
# | softmax | $e^{z_k}$ sur la somme de tous | rien | des probabilités à partir des logits |
# | `Flatten` | rien, elle range autrement | rien | passer des cartes à la ligne que veut `Dense` |
# | `Dropout` | des zéros au hasard, le reste fois 1/(1 - rate) | rien | contre le sur-apprentissage : nul ne peut compter sur un seul voisin |
# | `BatchNormalization` | moyenne 0 et écart-type 1 par canal, puis γ et β | γ et β (et tient deux moyennes mobiles) | de plus grands pas, des réseaux plus profonds |
#
# Deux font la différence : `Dropout` ne fait rien en prédiction ; `BatchNormalization` prend ses moyennes mobiles au
# lieu de la moyenne et de la variance du lot.

# %% [markdown] tags=["lang:en"]
# **References of this section**
#
# - V. Dumoulin, F. Visin: *A guide to convolution arithmetic for deep learning*, arXiv:1603.07285, 2016.
# - X. Glorot, Y. Bengio: *Understanding the difficulty of training deep feedforward neural networks*, AISTATS 2010.
# - I. Goodfellow, Y. Bengio, A. Courville: *Deep Learning*, MIT Press, 2016, <https://www.deeplearningbook.org>.
# - S. Ioffe, C. Szegedy: *Batch normalization: accelerating deep network training by reducing internal covariate
#   shift*, ICML 2015.
# - A. Krizhevsky: *Learning multiple layers of features from tiny images*, technical report, University of Toronto,
#   2009.
# - A. Krizhevsky, I. Sutskever, G. Hinton: *ImageNet classification with deep convolutional neural networks*, NIPS
#   2012.
# - Y. LeCun, L. Bottou, Y. Bengio, P. Haffner: *Gradient-based learning applied to document recognition*, Proceedings
#   of the IEEE 86 (11), 1998.
# - A. Maas, A. Hannun, A. Ng: *Rectifier nonlinearities improve neural network acoustic models*, ICML 2013 workshop on
#   deep learning for audio, speech and language processing.
# - V. Nair, G. Hinton: *Rectified linear units improve restricted Boltzmann machines*, ICML 2010.
# - S. Santurkar, D. Tsipras, A. Ilyas, A. Madry: *How does batch normalization help optimization?*, NeurIPS 2018.
# - N. Srivastava, G. Hinton, A. Krizhevsky, I. Sutskever, R. Salakhutdinov: *Dropout: a simple way to prevent neural
#   networks from overfitting*, Journal of Machine Learning Research 15, 2014.
#
# The drawings are labkit's own (`images/`), computed by the scripts beside them. Keras's documentation of each layer:
# <https://keras.io/api/layers/>.

# %% [markdown] tags=["lang:fr"]
# **Références de cette section**
#
# - V. Dumoulin, F. Visin : *A guide to convolution arithmetic for deep learning*, arXiv:1603.07285, 2016.
# - X. Glorot, Y. Bengio : *Understanding the difficulty of training deep feedforward neural networks*, AISTATS 2010.
# - I. Goodfellow, Y. Bengio, A. Courville : *Deep Learning*, MIT Press, 2016, <https://www.deeplearningbook.org>.
# - S. Ioffe, C. Szegedy : *Batch normalization: accelerating deep network training by reducing internal covariate
#   shift*, ICML 2015.
# - A. Krizhevsky : *Learning multiple layers of features from tiny images*, rapport technique, University of Toronto,
#   2009.
# - A. Krizhevsky, I. Sutskever, G. Hinton : *ImageNet classification with deep convolutional neural networks*, NIPS
#   2012.
# - Y. LeCun, L. Bottou, Y. Bengio, P. Haffner : *Gradient-based learning applied to document recognition*, Proceedings
#   of the IEEE 86 (11), 1998.
# - A. Maas, A. Hannun, A. Ng : *Rectifier nonlinearities improve neural network acoustic models*, ICML 2013, atelier
#   « deep learning for audio, speech and language processing ».
# - V. Nair, G. Hinton : *Rectified linear units improve restricted Boltzmann machines*, ICML 2010.
# - S. Santurkar, D. Tsipras, A. Ilyas, A. Madry : *How does batch normalization help optimization?*, NeurIPS 2018.
# - N. Srivastava, G. Hinton, A. Krizhevsky, I. Sutskever, R. Salakhutdinov : *Dropout: a simple way to prevent neural
#   networks from overfitting*, Journal of Machine Learning Research 15, 2014.
#
# Les dessins sont ceux de labkit (`images/`), calculés par les scripts qui les accompagnent. La documentation de chaque
# couche dans Keras : <https://keras.io/api/layers/>.

# %% [markdown] tags=["lang:en"]
# ## 3. Five networks
#
# The example notebook of the course sheet brings five networks, each a step in the history of the field. All end in ten
# logits.
#
# | name | layers |
# |---|---|
# | softmax regression | `Flatten`, `Dense` 10: no hidden layer at all |
# | MLP | `Flatten`, `Dense` 128 ReLU, `Dense` 10 |
# | LeNet-5 (1998) | conv 6 (5×5) tanh, average pool, conv 16 (5×5) tanh, average pool, `Dense` 120 tanh, `Dense` 84 tanh, `Dense` 10; 'valid' |
# | small CNN | conv 32, 64, 128 (3×3, ReLU, 'same'), a max pool after each, `Dense` 128 ReLU, `Dense` 10 |
# | AlexNet (2012), cut down | conv 96, pool, 256, pool, 384, 384, 256, pool (3×3, ReLU, 'same', batch normalisation after each), then twice `Dense` 4096 ReLU with dropout 0.5, `Dense` 10 |
#
# (The LeNet-5 of 1998 had grey images and a pooling with weights of its own; the AlexNet of 2012 had larger images and
# kernels, and no batch normalisation, which did not exist yet.)
#
# **Question.** How many weights (with biases) have the softmax regression, the MLP and LeNet-5? A list of three
# numbers. (You have met most of what you need in section 2.)

# %% [markdown] tags=["lang:fr"]
# ## 3. Cinq réseaux
#
# Le notebook d'exemple du sujet apporte cinq réseaux, chacun un pas dans l'histoire du domaine. Tous finissent par dix
# logits.
#
# | nom | couches |
# |---|---|
# | softmax regression | `Flatten`, `Dense` 10 : aucune couche cachée |
# | MLP | `Flatten`, `Dense` 128 ReLU, `Dense` 10 |
# | LeNet-5 (1998) | conv 6 (5×5) tanh, average pool, conv 16 (5×5) tanh, average pool, `Dense` 120 tanh, `Dense` 84 tanh, `Dense` 10 ; 'valid' |
# | small CNN | conv 32, 64, 128 (3×3, ReLU, 'same'), un max pool après chacune, `Dense` 128 ReLU, `Dense` 10 |
# | AlexNet (2012), réduit | conv 96, pool, 256, pool, 384, 384, 256, pool (3×3, ReLU, 'same', normalisation par lots après chacune), puis deux fois `Dense` 4096 ReLU avec dropout 0,5, `Dense` 10 |
#
# (Le LeNet-5 de 1998 avait des images grises et un pooling avec ses propres poids ; l'AlexNet de 2012 avait des images
# et des noyaux plus grands, et pas de normalisation par lots, qui n'existait pas encore.)
#
# **Question.** Combien de poids (biais compris) ont la régression softmax, le MLP et LeNet-5 ? Une liste de trois
# nombres. (Vous avez rencontré l'essentiel de ce qu'il faut dans la section 2.)

# %% question="cifar10.net_parameters" tasks=["S3.1"]
### BEGIN SOLUTION
mlp = (3072 + 1) * 128 + (128 + 1) * 10
convolutions = (5 * 5 * 3 + 1) * 6 + (5 * 5 * 6 + 1) * 16
lenet = convolutions + (lenet_flatten + 1) * 120 + (120 + 1) * 84 + (84 + 1) * 10
net_parameters = [no_activation, mlp, lenet]
### END SOLUTION

# %% tags=["check"]
lk.check("cifar10.net_parameters", net_parameters)

# %% tasks=["S3.1"]
nets = {
    "softmax regression": lk.models.softmax_regression(),
    "MLP": lk.models.mlp(),
    "LeNet-5": lk.models.lenet5(),
    "small CNN": lk.models.small_cnn(),
    "AlexNet": lk.models.alexnet(),
}
lk.count_parameters(nets["LeNet-5"])

# %% [markdown] tags=["lang:en"]
# **Question.** AlexNet has 36,930,826 parameters. Before its first `Dense` layer the maps are 4×4×256. Which **share**
# of all parameters sits in the three `Dense` layers (4096, 4096, 10)? Guess first.

# %% [markdown] tags=["lang:fr"]
# **Question.** AlexNet a 36 930 826 paramètres. Avant sa première couche `Dense`, les cartes sont 4×4×256. Quelle
# **part** de tous les paramètres se trouve dans les trois couches `Dense` (4096, 4096, 10) ? Devinez d'abord.

# %% tags=["check"]
lk.guess("cifar10.alexnet_dense", 0.5)

# %% question="cifar10.alexnet_dense" tasks=["S3.1"]
### BEGIN SOLUTION
in_dense = (4 * 4 * 256 + 1) * 4096 + (4096 + 1) * 4096 + (4096 + 1) * 10
alexnet_dense = in_dense / 36_930_826
### END SOLUTION

# %% tags=["check"]
lk.check("cifar10.alexnet_dense", alexnet_dense)

# %% [markdown] tags=["lang:en"]
# All five. The second column counts the weights of the `Dense` layers, the last the multiplications for one photograph
# (in millions): a `Dense` weight is used once, a kernel's weight once in each place of its map. **Weights are not what
# time is spent on.**

# %% [markdown] tags=["lang:fr"]
# Les cinq. La deuxième colonne compte les poids des couches `Dense`, la dernière les multiplications pour une
# photographie (en millions) : un poids de `Dense` sert une fois, un poids de noyau une fois à chaque place de sa carte.
# **Ce n'est pas aux poids que passe le temps.**


# %% tasks=["S3.1"]
def size_of(net):
    dense = [layer for layer in net.layers if isinstance(layer, keras.layers.Dense)]
    convs = [layer for layer in net.layers if isinstance(layer, keras.layers.Conv2D)]
    products = sum(layer.kernel.shape[0] * layer.units for layer in dense)
    for layer in convs:
        _, height, width, _ = layer.output.shape
        products += height * width * np.prod(layer.kernel.shape)
    in_dense = sum(layer.count_params() for layer in dense)
    return {"parameters": net.count_params(), "in Dense": in_dense, "million products": products / 1e6}


sizes = pd.DataFrame({name: size_of(net) for name, net in nets.items()}).T.round(2)
sizes.astype({"parameters": int, "in Dense": int})

# %% [markdown] tags=["lang:en"]
# **Write down your order now**, from the worst to the best validation accuracy, and how far the first is from the last.
#
# All are trained in the same way, as in the example notebook: Adam with learning rate 0.001, batches of 32,
# cross-entropy from logits. Only the network changes. (The example notebook trains for 10 epochs and sets nothing aside
# for validation; `course` takes fewer epochs, `full` ten, and we keep our 20 %: section 4 says why.)

# %% [markdown] tags=["lang:fr"]
# **Notez maintenant votre classement**, de la plus mauvaise à la meilleure exactitude de validation, et l'écart entre
# la première et la dernière.
#
# Tous sont entraînés de la même façon, celle du notebook d'exemple : Adam avec un taux d'apprentissage de 0,001, lots
# de 32, entropie croisée à partir des logits. Seul le réseau change. (Le notebook d'exemple entraîne 10 époques et ne
# met rien de côté pour la validation ; `course` prend moins d'époques, `full` dix, et nous gardons nos 20 % : la
# section 4 dit pourquoi.)

# %% tasks=["S3.1", "S3.2"]
settings = {"batch_size": 32, "optimizer": "adam", "learning_rate": 1e-3}
runs = {}
for name in ("softmax regression", "MLP", "LeNet-5", "small CNN"):
    runs[name] = lk.train(nets[name], photos, epochs=NET_EPOCHS, **settings, name=name, ledger=ledger)

# %% tags=["check"]
lk.check("cifar10.small_cnn", runs["small CNN"])

# %% [markdown] tags=["lang:en"]
# AlexNet needs 291 million products a photograph, 27 times as many as the small CNN: **one** epoch of it on all
# photographs multiplies five times as much as five epochs of the four others together. On a CPU that is a long coffee
# break, so `course` gives it a single epoch on a quarter of the photographs (3.1 minutes
# in the stored run, on two cores); on a GPU, raise both. Mind that its row is then **not** a fair comparison with the
# others: three things differ, the network, the photographs and the number of epochs.

# %% [markdown] tags=["lang:fr"]
# AlexNet demande 291 millions de produits par photographie, 27 fois plus que le petit CNN : **une** époque sur toutes
# les photographies multiplie cinq fois plus que cinq époques des quatre autres ensemble. Sur un CPU, c'est une longue
# pause café ; `course` ne lui donne donc qu'une époque sur un quart des photographies (3,1
# minutes dans l'exécution conservée, sur deux cœurs) ; sur un GPU, augmentez les deux. Notez que sa ligne n'est alors
# **pas** comparable aux autres : trois choses diffèrent, le réseau, les photographies et le nombre d'époques.

# %% tasks=["S3.1", "S3.2"]
alexnet = nets["AlexNet"]
fewer = photos.subset(ALEXNET_PHOTOS, n_val=ALEXNET_PHOTOS, n_test=ALEXNET_PHOTOS)
runs["AlexNet"] = lk.train(alexnet, fewer, epochs=ALEXNET_EPOCHS, **settings, name="AlexNet", ledger=ledger)

# %% [markdown] tags=["lang:en"]
# The ledger as a table, for the first time. `train`, `val` and `test` are accuracies of the trained network (with
# dropout off); `gap` is train - val.

# %% [markdown] tags=["lang:fr"]
# Le registre sous forme de table, pour la première fois. `train`, `val` et `test` sont les exactitudes du réseau
# entraîné (dropout éteint) ; `gap` est train - val.

# %% tasks=["S3.1", "S3.5"]
lk.compare(ledger)

# %% tasks=["S3.5"]
_ = lk.experiments.plot_compare(ledger.runs(), metric="val_accuracy")

# %% [markdown] tags=["lang:en"]
# What does a weight bring? Points of validation accuracy above chance (0.1), for every 1,000 weights:

# %% [markdown] tags=["lang:fr"]
# Que rapporte un poids ? Points d'exactitude de validation au-dessus du hasard (0,1), par 1 000 poids :

# %% tasks=["S3.1"]
table = lk.compare(runs.values(), columns=["parameters", "val", "gap", "s/epoch"])
table["points per 1,000 weights"] = (100 * (table["val"] - 0.1) / (table["parameters"] / 1000)).round(4)
table.sort_values("val")

# %% [markdown] tags=["lang:en"]
# And what have they learnt? The softmax regression has one weight for each number of the photograph and each class, so
# its weights can be shown as ten pictures: it compares every photograph with ten faint templates, one a class, at one
# fixed place.

# %% [markdown] tags=["lang:fr"]
# Et qu'ont-ils appris ? La régression softmax a un poids pour chaque nombre de la photographie et chaque classe : on
# peut donc montrer ses poids comme dix images. Elle compare chaque photographie à dix gabarits flous, un par classe, à
# une place fixe.

# %% tasks=["S3.3"]
weights, _ = nets["softmax regression"].layers[-1].get_weights()
templates = weights.reshape(32, 32, 3, 10).transpose(3, 0, 1, 2)
pictures = 0.5 + 0.5 * templates / np.abs(templates).max()
_ = lk.plots.images(pictures, captions=raw.class_names, rows=2, columns=5)

# %% [markdown] tags=["lang:en"]
# The small CNN's first 32 kernels, 3×3×3 each, look for colours and edges instead, wherever they are:

# %% [markdown] tags=["lang:fr"]
# Les 32 premiers noyaux du petit CNN, 3×3×3 chacun, cherchent plutôt des couleurs et des contours, où qu'ils soient :

# %% tasks=["S3.3"]
_ = lk.plots.filters(nets["small CNN"].layers[1].get_weights()[0], columns=16)

# %% [markdown] tags=["lang:en"]
# **Question (in your own words).** LeNet-5 has fewer weights than the MLP, six times fewer. Compare their validation
# accuracies and their gaps, then the small CNN with the MLP, which has about as many weights. What does the step from
# `Dense` to convolution bring? Was your order right?

# %% [markdown] tags=["lang:fr"]
# **Question (avec vos mots).** LeNet-5 a moins de poids que le MLP, six fois moins. Comparez leurs exactitudes de
# validation et leurs écarts, puis le petit CNN au MLP, qui a à peu près autant de poids. Qu'apporte le passage de
# `Dense` à la convolution ? Votre classement était-il juste ?

# %% [markdown] tags=["answer", "lang:en"] question="cifar10.dense_to_convolution" tasks=["S3.1", "S3.2"]
# In the stored run: softmax regression 0.339, MLP 0.399, LeNet-5 0.499, small CNN 0.679, AlexNet 0.136 (after a single
# epoch on a quarter of the photographs). With six times fewer weights LeNet-5 is 0.100 ahead of the MLP in validation
# accuracy; the gaps are still small after so few epochs (0.052 and 0.007). The small CNN has about as many weights as
# the MLP and is 0.280 ahead. (AlexNet has only just begun: its batch normalisation has not settled, so with the moving
# averages it gets 0.136 in validation, and no more than 0.139 of the photographs that it has learnt from, against 0.295
# on its training curve.)
#
# Each weight of a convolution is used in many places, in the small CNN in 1,024, then 256, then 64 of them, so it
# learns from every place of every photograph: what it learns at the left edge it knows at the right edge. A `Dense`
# weight sees one number at one place; a car that has moved by three pixels is a new picture to it. So it is not the
# number of weights that counts but **what they are shared over**. And AlexNet shows the other side: nine tenths of its
# weights sit in `Dense` layers, and it pays for its convolutions with time.

# %% [markdown] tags=["answer", "lang:fr"] question="cifar10.dense_to_convolution" tasks=["S3.1", "S3.2"]
# Dans l'exécution conservée : régression softmax 0,339, MLP 0,399, LeNet-5 0,499, petit CNN 0,679, AlexNet 0,136 (après
# une seule époque sur un quart des photographies). Avec six fois moins de poids, LeNet-5 devance le MLP de 0,100 en
# exactitude de validation ; les écarts sont encore petits après si peu d'époques (0,052 et 0,007). Le petit CNN a à peu
# près autant de poids que le MLP et le devance de 0,280. (AlexNet vient à peine de commencer : sa normalisation par
# lots ne s'est pas encore posée, avec les moyennes mobiles il obtient 0,136 en validation, et pas plus de 0,139 des
# photographies dont il a appris, contre 0,295 sur sa courbe d'apprentissage.)
#
# Chaque poids d'une convolution sert en beaucoup de places, dans le petit CNN en 1 024, puis 256, puis 64 : il apprend
# donc de chaque place de chaque photographie ; ce qu'il apprend au bord gauche, il le sait au bord droit. Un poids de
# `Dense` voit un nombre à une place ; une voiture déplacée de trois pixels est pour lui une nouvelle image. Ce n'est
# donc pas le nombre de poids qui compte, mais **ce sur quoi ils sont partagés**. Et AlexNet montre l'autre face : neuf
# dixièmes de ses poids sont dans des couches `Dense`, et il paie ses convolutions en temps.

# %% [markdown] tags=["lang:en"]
# ## 4. The training parameters
#
# Everything that is chosen *before* the training and not learnt by it. What each one does, and what happens when it is
# too large or too small:
#
# - **Loss.** What the training makes small: cross-entropy, minus the logarithm of the probability of the right class.
#   It must fit the outputs (`from_logits=True` for logits) and the labels (*sparse* for integers). Accuracy cannot take
#   its place: it jumps, so it has no slope to follow.
# - **Optimizer.** How a gradient becomes a step. *SGD* goes straight downhill with the same rate for every weight;
#   *momentum* keeps some of the last direction; *Adam* (Kingma & Ba 2015) gives each weight a step of its own, divided
#   by the usual size of its gradient, and so needs less tuning and two more numbers a weight in memory.
# - **Learning rate.** The length of the steps, the parameter that matters most. Too small: nothing moves in the epochs
#   you can pay. Too large: the steps leap over the valley, the loss is restless, or stays at ln(10), or becomes NaN.
# - **Batch size.** How many photographs one step averages over. Small: noisy steps and many of them; large: smoother
#   ones, fewer an epoch, more memory, better use of a GPU. With large batches one can (and must) take larger steps.
# - **Epochs.** How often the training photographs are gone through. Too few: under-fitted. Too many: over-fitted, if
#   nothing works against it. The validation curve says when.
# - **Validation split.** The share of training photographs kept aside to choose by. Too small: its score is mostly
#   noise; too large: too little is left to learn from. The example notebook keeps none, and could then choose only by
#   the test set, which it must not.
# - **Seed.** Where chance begins: first weights, order of the photographs, dropout. Another seed gives another score; a
#   difference smaller than that between seeds is no difference.
#
# (D. Kingma, J. Ba: *Adam: a method for stochastic optimization*, ICLR 2015. Goodfellow et al. 2016, chapter 8, has the
# rest.)

# %% [markdown] tags=["lang:fr"]
# ## 4. Les paramètres d'apprentissage
#
# Tout ce que l'on choisit *avant* l'apprentissage, et que celui-ci n'apprend pas. Ce que fait chacun, et ce qui arrive
# quand il est trop grand ou trop petit :
#
# - **Perte (loss).** Ce que l'apprentissage rend petit : l'entropie croisée, l'opposé du logarithme de la probabilité
#   de la bonne classe. Elle doit convenir aux sorties (`from_logits=True` pour des logits) et aux labels (*sparse* pour
#   des entiers). L'exactitude ne peut pas la remplacer : elle saute, et n'a donc pas de pente à suivre.
# - **Optimiseur.** Comment un gradient devient un pas. *SGD* descend tout droit avec le même taux pour chaque poids ;
#   *momentum* garde une part de la direction précédente ; *Adam* (Kingma & Ba 2015) donne à chaque poids son propre
#   pas, divisé par la taille habituelle de son gradient ; il demande donc moins de réglage, et deux nombres de plus par
#   poids en mémoire.
# - **Taux d'apprentissage (learning rate).** La longueur des pas, le paramètre le plus important. Trop petit : rien ne
#   bouge dans les époques que l'on peut payer. Trop grand : les pas sautent par-dessus la vallée, la perte est agitée,
#   ou reste à ln(10), ou devient NaN.
# - **Taille des lots (batch size).** Le nombre de photographies dont un pas fait la moyenne. Petite : des pas bruités,
#   et nombreux ; grande : plus réguliers, moins nombreux par époque, plus de mémoire, un GPU mieux employé. Avec de
#   grands lots on peut (et doit) faire de plus grands pas.
# - **Époques.** Combien de fois on parcourt les photographies d'apprentissage. Trop peu : sous-apprentissage. Trop :
#   sur-apprentissage, si rien ne s'y oppose. La courbe de validation dit quand.
# - **Part de validation (validation split).** La part des photographies d'apprentissage gardée pour choisir. Trop
#   petite : son score est surtout du bruit ; trop grande : il reste trop peu pour apprendre. Le notebook d'exemple n'en
#   garde pas, et ne pourrait alors choisir que par le jeu de test, ce qu'il ne faut pas.
# - **Graine (seed).** Où commence le hasard : premiers poids, ordre des photographies, dropout. Une autre graine donne
#   un autre score ; une différence plus petite que celle entre deux graines n'est pas une différence.
#
# (D. Kingma, J. Ba : *Adam: a method for stochastic optimization*, ICLR 2015. Le reste est dans Goodfellow et al. 2016,
# chapitre 8.)

# %% [markdown] tags=["lang:en"]
# ### One step by hand
#
# The smallest training there is: one weight $w$, loss $w^2$, gradient $2w$. A step of SGD is
# $w \leftarrow w - \text{learning rate} \cdot \text{gradient}$.
#
# **Question.** $w = 3$, learning rate 0.1. Where is $w$ after one step?

# %% [markdown] tags=["lang:fr"]
# ### Un pas à la main
#
# Le plus petit apprentissage qui soit : un poids $w$, perte $w^2$, gradient $2w$. Un pas de SGD est
# $w \leftarrow w - \text{taux d'apprentissage} \cdot \text{gradient}$.
#
# **Question.** $w = 3$, taux d'apprentissage 0,1. Où est $w$ après un pas ?

# %% question="cifar10.sgd_step" tasks=["S3.2"]
### BEGIN SOLUTION
sgd_step = 3 - 0.1 * (2 * 3)
### END SOLUTION

# %% tags=["check"]
lk.check("cifar10.sgd_step", sgd_step)

# %% [markdown] tags=["lang:en"]
# Fifteen such steps with four learning rates. Each step multiplies $w$ by $1 - 2 \cdot \text{rate}$: 0.02 creeps, 0.1
# goes straight there, 0.9 leaps from side to side and still arrives, 1.05 leaps further each time: it diverges.

# %% [markdown] tags=["lang:fr"]
# Quinze pas de ce genre avec quatre taux d'apprentissage. Chaque pas multiplie $w$ par $1 - 2 \cdot \text{taux}$ : 0,02
# rampe, 0,1 y va tout droit, 0,9 saute d'un côté à l'autre et arrive quand même, 1,05 saute chaque fois plus loin : il
# diverge.

# %% tasks=["S3.2"]
paths = {rate: 3 * (1 - 2 * rate) ** np.arange(16) for rate in (0.02, 0.1, 0.9, 1.05)}
_ = pd.DataFrame(paths).plot(grid=True, figsize=(6, 3.4), xlabel="step", ylabel="w")

# %% [markdown] tags=["lang:en"]
# **Question.** How many steps does one epoch on 40,000 photographs have with batches of 32, and how many with batches
# of 128? A list of two.

# %% [markdown] tags=["lang:fr"]
# **Question.** Combien de pas a une époque sur 40 000 photographies avec des lots de 32, et combien avec des lots de
# 128 ? Une liste de deux nombres.

# %% question="cifar10.steps" tasks=["S3.2"]
### BEGIN SOLUTION
steps = [int(np.ceil(40_000 / batch_size)) for batch_size in (32, 128)]
### END SOLUTION

# %% tags=["check"]
lk.check("cifar10.steps", steps)

# %% [markdown] tags=["lang:en"]
# ### A sweep
#
# Now LeNet-5, with 4 learning rates × 2 batch sizes × 2 optimizers = 16 trainings, and nothing else changed. To be able
# to pay for it: fewer photographs and few epochs. We look for *which settings are good*, not for a good network.
#
# **Question.** What will become of Adam with a learning rate of 0.1, a hundred times its usual one? (LeNet-5 has tanh
# everywhere.)
#
# - **a** it learns a hundred times as fast
# - **b** it learns at the same speed, only less smoothly
# - **c** the first steps make the weights so large that every tanh is at -1 or 1, where its slope is 0: the loss stays
#   at about ln(10) or above and the accuracy at 0.1
# - **d** it over-fits: training accuracy 1, validation accuracy low

# %% [markdown] tags=["lang:fr"]
# ### Un balayage
#
# Maintenant LeNet-5, avec 4 taux d'apprentissage × 2 tailles de lots × 2 optimiseurs = 16 entraînements, et rien
# d'autre ne change. Pour pouvoir le payer : moins de photographies et peu d'époques. Nous cherchons *quels réglages
# sont bons*, et non un bon réseau.
#
# **Question.** Que deviendra Adam avec un taux d'apprentissage de 0,1, cent fois le taux habituel ? (LeNet-5 a des tanh
# partout.)
#
# - **a** il apprend cent fois plus vite
# - **b** il apprend à la même vitesse, seulement moins régulièrement
# - **c** les premiers pas rendent les poids si grands que chaque tanh est à -1 ou à 1, là où sa pente est nulle : la
#   perte reste à environ ln(10) ou au-dessus, et l'exactitude à 0,1
# - **d** il sur-apprend : exactitude d'apprentissage 1, exactitude de validation basse

# %% question="cifar10.adam_too_large" tasks=["S3.2"]
### BEGIN SOLUTION
adam_too_large = "c"
### END SOLUTION

# %% tags=["check"]
lk.check("cifar10.adam_too_large", adam_too_large)

# %% [markdown] tags=["lang:en"]
# The sweep has a ledger of its own. Stop it whenever you like (*Interrupt*) and run the cell again: what is finished is
# read from the file, not trained anew.

# %% [markdown] tags=["lang:fr"]
# Le balayage a son propre registre. Arrêtez-le quand vous voulez (*Interrompre*) et relancez la cellule : ce qui est
# fini est lu dans le fichier, et non entraîné à nouveau.

# %% tasks=["S3.2"]
sweep_ledger = lk.experiments.Ledger("cifar10_sweep.jsonl")
sweep_runs = lk.experiments.sweep(
    lk.models.lenet5,
    photos.subset(SWEEP_PHOTOS, n_val=2_000, n_test=2_000),
    {"learning_rate": SWEEP_RATES, "batch_size": SWEEP_BATCHES, "optimizer": ["sgd", "adam"]},
    epochs=SWEEP_EPOCHS,
    ledger=sweep_ledger,
    name="LeNet-5",
)

# %% tasks=["S3.2", "S3.5"]
columns = ["optimizer", "learning_rate", "batch_size", "train", "val", "gap", "diagnosis"]
lk.compare(sweep_runs, columns=columns).sort_values("val").reset_index(drop=True)

# %% tasks=["S3.2", "S3.5"]
_ = lk.experiments.plot_compare(sweep_runs, by="learning_rate")

# %% [markdown] tags=["lang:en"]
# The crosses are the runs that failed. They are results too, and keep their rows; `lk.diagnose` says what happened:

# %% [markdown] tags=["lang:fr"]
# Les croix sont les entraînements qui ont échoué. Ce sont aussi des résultats, et ils gardent leur ligne ;
# `lk.diagnose` dit ce qui s'est passé :

# %% tasks=["S3.2"]
for run in sweep_runs:
    if lk.diagnose(run).label in ("at chance", "diverged"):
        print(f"{run.name}\n   {lk.diagnose(run)}")

# %% [markdown] tags=["lang:en"]
# And the best one. Read to the end of the sentence: is it much better than the next?

# %% [markdown] tags=["lang:fr"]
# Et le meilleur. Lisez la phrase jusqu'au bout : est-il bien meilleur que le suivant ?

# %% tasks=["S3.2"]
print(lk.experiments.best(sweep_runs, by="val"))

# %% [markdown] tags=["lang:en"]
# **Question (in your own words).** Which learning rate is best for SGD, which for Adam, and what happens on either
# side? What do batches of 128 instead of 32 change, at the same learning rate and number of epochs, and why? Would one
# sweep with a single learning rate have told you which *optimizer* is better?

# %% [markdown] tags=["lang:fr"]
# **Question (avec vos mots).** Quel taux d'apprentissage est le meilleur pour SGD, lequel pour Adam, et que se
# passe-t-il de part et d'autre ? Que changent des lots de 128 au lieu de 32, au même taux et au même nombre d'époques,
# et pourquoi ? Un balayage avec un seul taux d'apprentissage vous aurait-il dit quel *optimiseur* est le meilleur ?

# %% [markdown] tags=["answer", "lang:en"] question="cifar10.sweep" tasks=["S3.2"]
# In the stored run, Adam is best at 0.001 (0.394 with batches of 32) and SGD at 0.1 (0.378), the largest that was
# tried. Seven of the sixteen stay at chance: Adam at 0.01 and 0.1, whose steps are too large, and SGD at 0.0001 (with
# batches of 128 also at 0.001), whose steps are too small to get anywhere in three epochs.
#
# Batches of 128 make four times fewer steps an epoch, 79 instead of 313 on 10,000 photographs. At the same rate they
# have gone less far after the same number of epochs: Adam at 0.001 reaches 0.356 instead of 0.394. That
# says nothing against large batches; it says that batch size, learning rate and epochs must be changed together to be
# fair.
#
# No: at a single learning rate the answer depends on the rate that was picked. At 0.001 Adam is far ahead (0.394
# against 0.185), at 0.1 SGD is (0.378 against 0.100); at their best rates they are close. **Each optimizer must be
# compared at its own best rate.** The same holds for networks.

# %% [markdown] tags=["answer", "lang:fr"] question="cifar10.sweep" tasks=["S3.2"]
# Dans l'exécution conservée, Adam est le meilleur à 0,001 (0,394 avec des lots de 32) et SGD à 0,1 (0,378), le plus
# grand essayé. Sept des seize restent au hasard : Adam à 0,01 et 0,1, dont les pas sont trop grands, et SGD à 0,0001
# (avec des lots de 128, aussi à 0,001), dont les pas sont trop petits pour aller quelque part en trois époques.
#
# Des lots de 128 font quatre fois moins de pas par époque, 79 au lieu de 313 sur 10 000 photographies. Au même taux,
# ils sont allés moins loin après le même nombre d'époques :
# Adam à 0,001 atteint 0,356 au lieu de 0,394. Cela ne dit rien contre les grands lots ; cela dit que
# taille des lots, taux et époques doivent changer ensemble pour que la comparaison soit juste.
#
# Non : à un seul taux d'apprentissage, la réponse dépend du taux que l'on a pris. À 0,001, Adam est loin devant (0,394
# contre 0,185), à 0,1 c'est SGD (0,378 contre 0,100) ; à leurs meilleurs taux, ils sont proches. **Il faut comparer
# chaque optimiseur à son propre meilleur taux.** Il en va de même des réseaux.

# %% [markdown] tags=["lang:en"]
# ### By what is a network judged?
#
# - **Accuracy**: the share of right answers. Plain to read; but it takes no notice of how sure the network was.
# - **Loss**: does, and shows over-fitting earlier: a wrong answer of which the network was certain costs much.
# - **Accuracy of each class**: an average hides that one class is hardly recognised.
# - **Gap** between training and validation accuracy: how much was learnt by heart.
# - **Time** of training (and of an answer), and **number of parameters** (memory, size of the file): what it costs.
#
# All of it is measured on photographs that the network has not learnt from: a network can know its training photographs
# by heart, and that is not what it is for. Per class, here on the validation photographs:

# %% [markdown] tags=["lang:fr"]
# ### Sur quoi juge-t-on un réseau ?
#
# - **L'exactitude** : la part des bonnes réponses. Facile à lire ; mais elle ne tient pas compte de l'assurance du
#   réseau.
# - **La perte** : si, et elle montre plus tôt le sur-apprentissage : une réponse fausse dont le réseau était certain
#   coûte cher.
# - **L'exactitude de chaque classe** : une moyenne cache qu'une classe est à peine reconnue.
# - **L'écart** entre exactitudes d'apprentissage et de validation : ce qui a été appris par cœur.
# - **Le temps** d'apprentissage (et d'une réponse), et **le nombre de paramètres** (mémoire, taille du fichier) : ce
#   que cela coûte.
#
# Tout cela se mesure sur des photographies dont le réseau n'a pas appris : un réseau peut savoir par cœur ses
# photographies d'apprentissage, et ce n'est pas ce qu'on lui demande. Par classe, ici sur les photographies de
# validation :

# %% tasks=["S3.2"]
lk.evaluate(nets["small CNN"], photos, split="val").per_class().round(3)

# %% [markdown] tags=["lang:en"]
# ### Why the test set has the last word
#
# The validation photographs were not learnt from either. Why is their score not enough? Because we **choose** by it.
# Imagine 100 networks that are *all equally good*: each is right for 70 % of all photographs in the world. We validate
# each on 1,000 photographs, take the winner, and test it on 10,000 fresh ones.

# %% [markdown] tags=["lang:fr"]
# ### Pourquoi le jeu de test a le dernier mot
#
# On n'a pas non plus appris des photographies de validation. Pourquoi leur score ne suffit-il pas ? Parce que nous
# **choisissons** par lui. Imaginez 100 réseaux *tous aussi bons* : chacun a raison pour 70 % de toutes les
# photographies du monde. On valide chacun sur 1 000 photographies, on prend le gagnant, et on le teste sur 10 000
# photographies neuves.

# %% tasks=["S3.2"]
rng = np.random.default_rng(0)
val = rng.binomial(1_000, 0.7, size=100) / 1_000
test = rng.binomial(10_000, 0.7, size=100) / 10_000
winner = val.argmax()
print(f"the winner: validation {val[winner]:.3f}, test {test[winner]:.3f}")
print(f"all of them: validation {val.mean():.3f}, test {test.mean():.3f}")

# %% [markdown] tags=["lang:en"]
# The winner is not better, it was lucky, and its luck does not come along to the test. (Your own contest may be luckier
# or less lucky than this one.)
#
# **Question.** Hold 1,000 such contests. By how much is the winner's validation score higher than its test score, **on
# average**? Put it into `optimism` (two or three decimals).

# %% [markdown] tags=["lang:fr"]
# Le gagnant n'est pas meilleur, il a eu de la chance, et sa chance ne le suit pas au test. (Un autre concours peut être
# plus ou moins chanceux que celui-ci.)
#
# **Question.** Organisez 1 000 concours de ce genre. De combien le score de validation du gagnant dépasse-t-il son
# score de test, **en moyenne** ? Mettez-le dans `optimism` (deux ou trois décimales).

# %% question="cifar10.optimism" tasks=["S3.2"]
### BEGIN SOLUTION
val = rng.binomial(1_000, 0.7, size=(1_000, 100)) / 1_000
test = rng.binomial(10_000, 0.7, size=(1_000, 100)) / 10_000
winners = val.argmax(axis=1)
contests = np.arange(1_000)
optimism = (val[contests, winners] - test[contests, winners]).mean()
### END SOLUTION

# %% tags=["check"]
lk.check("cifar10.optimism", optimism)

# %% [markdown] tags=["lang:en"]
# More candidates make it worse, more validation photographs make it better, by the square root:

# %% [markdown] tags=["lang:fr"]
# Plus de candidats l'aggravent, plus de photographies de validation l'atténuent, comme la racine carrée :


# %% tasks=["S3.2"]
def luck(candidates, photographs):
    return (rng.binomial(photographs, 0.7, size=(1_000, candidates)).max(axis=1) / photographs).mean() - 0.7


pd.DataFrame(
    {f"{n:,} photos": {k: round(luck(k, n), 4) for k in (1, 10, 100, 1000)} for n in (100, 1_000, 10_000)}
).rename_axis("candidates")

# %% [markdown] tags=["lang:en"]
# **Question (in your own words).** You train 16 networks, choose the best by its validation accuracy, and report a
# number. Which number, and why? What would be wrong with choosing by the *test* accuracy? And with looking at the test
# score after every change?

# %% [markdown] tags=["lang:fr"]
# **Question (avec vos mots).** Vous entraînez 16 réseaux, choisissez le meilleur par son exactitude de validation, et
# publiez un nombre. Lequel, et pourquoi ? Qu'y aurait-il de faux à choisir par l'exactitude de *test* ? Et à regarder
# le score de test après chaque changement ?

# %% [markdown] tags=["answer", "lang:en"] question="cifar10.why_test" tasks=["S3.2"]
# The **test** accuracy of the one network that validation chose. What we want to know is how it will do on photographs
# that nobody has seen; a score estimates that honestly only if it played no part in making the network. Training
# accuracy played the largest part: the weights were fitted to it. Validation accuracy played a smaller one: the choice
# was fitted to it, and the best of many scores is a lucky one.
#
# Choosing by the test set makes a second validation set of it: its score becomes as optimistic as the other, and there
# is nothing left to find it out with. Looking after every change and keeping what helped is choosing by it, only more
# slowly. So: **choose by validation, report the test once.** (The ledger writes the test score down at every training,
# for the table at the end; until then, the columns to look at are `val` and `gap`.)

# %% [markdown] tags=["answer", "lang:fr"] question="cifar10.why_test" tasks=["S3.2"]
# L'exactitude de **test** du seul réseau que la validation a choisi. Ce que nous voulons savoir, c'est ce qu'il vaudra
# sur des photographies que nul n'a vues ; un score n'estime cela honnêtement que s'il n'a eu aucune part à la
# fabrication du réseau. L'exactitude d'apprentissage y a eu la plus grande part : les poids lui ont été ajustés. Celle
# de validation, une plus petite : le choix lui a été ajusté, et le meilleur de beaucoup de scores est un score
# chanceux.
#
# Choisir par le jeu de test en fait un second jeu de validation : son score devient aussi optimiste que l'autre, et il
# ne reste rien pour s'en apercevoir. Regarder après chaque changement et garder ce qui a aidé, c'est choisir par lui,
# seulement plus lentement. Donc : **choisir par la validation, publier le test une fois.** (Le registre note le score
# de test à chaque entraînement, pour la table de la fin ; d'ici là, les colonnes à regarder sont `val` et `gap`.)

# %% [markdown] tags=["lang:en"]
# ## 5. The course's first net, on photographs
#
# We begin once more, with the net of the Fashion-MNIST lab, and improve it step by step. Each step is one training and
# one row of the same ledger: in the end the table tells which steps were worth it.
#
# The net: 16 kernels of 5×5, pooling, 32 kernels of 3×3, pooling, `Dense` 256, `Dense` 128, and 10 outputs. Only what goes
# in is different: photographs of 32×32 pixels with 3 channels.
#
# **Question.** Predict `layer_weights`, the number of weights of each of the five layers that have some, and `per_neuron`,
# those of *one neuron* of each. (A neuron of a convolution is one kernel. Padding is 'valid', Keras's own choice; 'same'
# is accepted, too.)

# %% [markdown] tags=["lang:fr"]
# ## 5. Le premier réseau du cours, sur des photographies
#
# Nous recommençons, avec le réseau du TP Fashion-MNIST, et l'améliorons pas à pas. Chaque pas est un apprentissage et une
# ligne du même registre : à la fin, la table dit quels pas en valaient la peine.
#
# Le réseau : 16 noyaux 5×5, pooling, 32 noyaux 3×3, pooling, `Dense` 256, `Dense` 128, et 10 sorties. Seul change ce qui
# entre : des photographies de 32×32 pixels à 3 canaux.
#
# **Question.** Prédisez `layer_weights`, le nombre de poids de chacune des cinq couches qui en ont, et `per_neuron`, ceux
# d'*un seul neurone* de chacune. (Un neurone d'une convolution, c'est un noyau. Le padding est 'valid', le choix de Keras ;
# 'same' est accepté aussi.)

# %% question="cifar10.first_layers" tasks=["S4.3.5", "S4.3.6"]
### BEGIN SOLUTION
flat = 6 * 6 * 32  # widths 32 > 28 > 14 > 12 > 6
per_neuron = [5 * 5 * 3 + 1, 3 * 3 * 16 + 1, flat + 1, 256 + 1, 128 + 1]
layer_weights = np.multiply(per_neuron, (16, 32, 256, 128, 10))
### END SOLUTION

# %% tags=["check"]
lk.check("cifar10.first_layers", layer_weights)
lk.check("cifar10.first_per_neuron", per_neuron)

# %% tasks=["S4.3.5", "S4.3.6"]
first = lk.models.fashion_cnn((32, 32, 3))
lk.count_parameters(first)

# %% [markdown] tags=["lang:en"]
# 335,210 weights, nearly nine in ten of them in one `Dense` layer, 1,153 for each of its neurons. Keep that in mind for
# section 7.
#
# ### Raw pixels
#
# As in the Fashion-MNIST lab, the first try takes the pixels as they are, 0..255. Before any training, here is what the
# net's answers cost on raw and on scaled photographs. Knowing nothing costs ln(10) = 2.30.

# %% [markdown] tags=["lang:fr"]
# 335 210 poids, dont près de neuf sur dix dans une seule couche `Dense`, 1 153 pour chacun de ses neurones. Gardez
# cela en tête pour la section 7.
#
# ### Des pixels bruts
#
# Comme dans le TP Fashion-MNIST, le premier essai prend les pixels tels quels, 0..255. Voici, avant tout apprentissage, ce
# que coûtent les réponses du réseau sur les photographies brutes, puis mises à l'échelle. Ne rien savoir coûte ln(10) = 2,30.

# %% tasks=["S4.3.7"]
for data in (raw, photos):
    print(f"0..{data.x_train.max():g}: loss {lk.evaluate(first, data, 'val').loss:.2f}")

# %% [markdown] tags=["lang:en"]
# On raw pixels the untrained net is not undecided: it is *loudly wrong*. Its biases are still 0, so every sum in it is exactly
# 255 times as large as on scaled pixels, and the softmax puts nearly everything on one class, by accident. The training has
# to undo that first. How far will it get in `EPOCHS` epochs? Guess before you run the cell.

# %% [markdown] tags=["lang:fr"]
# Sur les pixels bruts, le réseau non entraîné n'est pas indécis : il se trompe *avec aplomb*. Ses biais sont encore 0 :
# toutes ses sommes sont donc exactement 255 fois plus grandes que sur des pixels mis à l'échelle, et le softmax met presque
# tout sur une classe, par hasard. L'apprentissage doit d'abord défaire cela. Jusqu'où ira-t-il en `EPOCHS` époques ?
# Devinez avant d'exécuter la cellule.

# %% tasks=["S4.3.7"]
run_raw = lk.train(first, raw, epochs=EPOCHS, batch_size=128, name="raw pixels", ledger=ledger)

# %% tags=["check"]
lk.check("cifar10.raw_accuracy", run_raw)

# %% [markdown] tags=["lang:en"]
# ### Scaled pixels
#
# **Question.** The same net, the same `EPOCHS` and batches of 128, on `photos` (0..1). Keep the run in `run_first`, name it
# `"first CNN"`, and give it `ledger=ledger`. Begin from a **fresh copy**: `keras.models.clone_model(first)` has the same
# layers with newly drawn weights, whereas `first` itself would go on from where it stands.

# %% [markdown] tags=["lang:fr"]
# ### Des pixels mis à l'échelle
#
# **Question.** Le même réseau, les mêmes `EPOCHS` et lots de 128, sur `photos` (0..1). Gardez l'entraînement dans
# `run_first`, nommez-le `"first CNN"` et donnez-lui `ledger=ledger`. Partez d'une **copie neuve** :
# `keras.models.clone_model(first)` a les mêmes couches avec des poids tirés à nouveau, alors que `first` lui-même
# continuerait d'où il en est.

# %% question="cifar10.first_accuracy" tasks=["S4.3.8"]
### BEGIN SOLUTION
run_first = lk.train(
    keras.models.clone_model(first), photos, epochs=EPOCHS, batch_size=128, name="first CNN", ledger=ledger
)
### END SOLUTION

# %% tags=["check"]
lk.check("cifar10.first_accuracy", run_first)

# %% tasks=["S4.3.8"]
_ = lk.plots.learning_curves({"raw pixels": run_raw, "first CNN": run_first})
print("raw   :", lk.diagnose(run_raw))
print("scaled:", lk.diagnose(run_first))

# %% [markdown] tags=["lang:en"]
# **Question (in your own words).** What did the scaling change, and why, when the photographs hold the same information?
# And does the net still need improving?

# %% [markdown] tags=["lang:fr"]
# **Question (avec vos mots).** Qu'a changé la mise à l'échelle, et pourquoi, alors que les photographies portent la même
# information ? Et le réseau doit-il encore être amélioré ?

# %% [markdown] tags=["answer", "lang:en"] question="cifar10.raw_pixels" tasks=["S4.3.7", "S4.3.8"]
# Raw pixels: 0.537 of the test images; scaled: 0.627. The information
# is the same, but Keras draws its first weights for inputs of about the size 1, and Adam's step of 0.001 is meant for such
# weights. With inputs up to 255 the sums, and with them the first loss and the first gradients, are far too large: the first
# steps are spent on undoing a loud mistake, and ReLUs that are thrown below 0 for every photograph stay there. Scaled, the
# training begins at ln(10) and every step goes to learning.
#
# It still needs improving:
# validation loss rises from epoch 5 on, and training accuracy is already 0.110 above validation: the curves part.

# %% [markdown] tags=["answer", "lang:fr"] question="cifar10.raw_pixels" tasks=["S4.3.7", "S4.3.8"]
# Pixels bruts : 0,537 des images de test ; mis à l'échelle : 0,627.
# L'information est la même, mais Keras tire ses premiers poids pour des entrées de taille 1 environ, et le pas de 0,001
# d'Adam est fait pour de tels poids. Avec des entrées jusqu'à 255, les sommes, et avec elles la première perte et les
# premiers gradients, sont bien trop grandes : les premiers pas servent à défaire une erreur criante, et les ReLU jetées sous
# 0 pour toutes les photographies y restent. Mis à l'échelle, l'apprentissage part de ln(10) et chaque pas sert à apprendre.
#
# Il doit encore être amélioré : la perte de validation monte dès l'époque 5, et l'exactitude d'apprentissage est déjà
# 0,110 au-dessus de celle de validation : les courbes se séparent.

# %% [markdown] tags=["lang:en"]
# ### Dropout in the classifier
#
# **Question.** Build `first_dropout`: the same net with a `Dropout(0.5)` after each of the two hidden `Dense` layers, where
# most of the weights are.

# %% [markdown] tags=["lang:fr"]
# ### Du dropout dans le classifieur
#
# **Question.** Construisez `first_dropout` : le même réseau avec un `Dropout(0.5)` après chacune des deux couches `Dense`
# cachées, là où sont la plupart des poids.

# %% question="cifar10.first_dropout" tasks=["S4.3.9"]
### BEGIN SOLUTION
first_dropout = keras.Sequential(
    [
        keras.Input((32, 32, 3)),
        keras.layers.Conv2D(16, 5, activation="relu"),
        keras.layers.MaxPooling2D(2),
        keras.layers.Conv2D(32, 3, activation="relu"),
        keras.layers.MaxPooling2D(2),
        keras.layers.Flatten(),
        keras.layers.Dense(256, activation="relu"),
        keras.layers.Dropout(0.5),
        keras.layers.Dense(128, activation="relu"),
        keras.layers.Dropout(0.5),
        keras.layers.Dense(10, activation="softmax"),
    ],
    name="first_dropout",
)
### END SOLUTION

# %% tags=["check"]
lk.check("cifar10.first_dropout", first_dropout)

# %% tasks=["S4.3.9"]
run_dropout = lk.train(
    first_dropout, photos, epochs=EPOCHS, batch_size=128, name="first CNN, dropout 0.5", ledger=ledger
)
_ = lk.plots.learning_curves({"first CNN": run_first, "dropout 0.5": run_dropout})

# %% [markdown] tags=["lang:en"]
# The three so far. `train`, `val` and `test` are measured **after** the training, with every neuron switched on; `gap` is
# train minus val. Above the table, a number that looks wrong at first: the training accuracy of the last epoch as the
# *curve* shows it, and as it is measured afterwards.

# %% [markdown] tags=["lang:fr"]
# Les trois jusqu'ici. `train`, `val` et `test` sont mesurés **après** l'apprentissage, tous les neurones allumés ; `gap` est
# train moins val. Au-dessus de la table, un nombre qui paraît faux à première vue : l'exactitude d'apprentissage de la
# dernière époque telle que la montre la *courbe*, et telle qu'on la mesure ensuite.

# %% tasks=["S4.3.10"]
print(f"{run_dropout.last('accuracy'):.3f} on the curve, {run_dropout.train['accuracy']:.3f} afterwards")
lk.compare([run_raw, run_first, run_dropout], columns=["train", "val", "test", "gap", "diagnosis"])

# %% [markdown] tags=["lang:en"]
# ### How much do such numbers wobble?
#
# A test set is a sample: with other photographs the score would be a little different. Of a net that gets a share p of all
# photographs right, the share found on n of them has the **standard error** √(p(1 - p)/n).
#
# **Question.** How large is it for p = 0.7 and n = 10,000 test photographs?

# %% [markdown] tags=["lang:fr"]
# ### De combien tremblent ces nombres ?
#
# Un jeu de test est un échantillon : avec d'autres photographies, le score serait un peu différent. Pour un réseau qui
# classe bien une part p de toutes les photographies, la part trouvée sur n d'entre elles a l'**erreur type**
# √(p(1 - p)/n).
#
# **Question.** Combien vaut-elle pour p = 0,7 et n = 10 000 photographies de test ?

# %% question="cifar10.standard_error" tasks=["S4.3.10", "S3.2"]
### BEGIN SOLUTION
standard_error = np.sqrt(0.7 * (1 - 0.7) / 10_000)
### END SOLUTION

# %% tags=["check"]
lk.check("cifar10.standard_error", standard_error)

# %% [markdown] tags=["lang:en"]
# **Question (in your own words).** Are the results on the test images coherent with those on the validation images? And how
# can the training curve of a net with dropout lie *below* its validation curve?

# %% [markdown] tags=["lang:fr"]
# **Question (avec vos mots).** Les résultats sur les images de test sont-ils cohérents avec ceux de la validation ? Et
# comment la courbe d'apprentissage d'un réseau avec dropout peut-elle être *au-dessous* de celle de validation ?

# %% [markdown] tags=["answer", "lang:en"] question="cifar10.coherent" tasks=["S4.3.10"]
# Yes: with dropout 0.631 and 0.632. Both sets were drawn
# from the same photographs and the net learnt from neither, so they estimate the same thing; each wobbles by about 0.005, their
# difference by about √2 times that. Only if we *chose* a net for its validation score (or stopped at its best epoch) would that
# score be a little too good.
#
# The training curve is not measured in the same way. Each of its points is taken while the epoch goes on: with half of the
# classifier's neurons switched off, and averaged over weights that were worse at the epoch's beginning. Validation comes at
# the epoch's end with all neurons. Measured like validation, the same net gets
# 0.696 of the training photographs instead of 0.626. The
# gap to look at is the one in the table.

# %% [markdown] tags=["answer", "lang:fr"] question="cifar10.coherent" tasks=["S4.3.10"]
# Oui : avec dropout 0,631 et 0,632. Les deux jeux ont été tirés
# des mêmes photographies et le réseau n'a appris d'aucun des deux : ils estiment la même chose ; chacun tremble d'environ
# 0,005, leur différence d'environ √2 fois cela. C'est seulement si l'on *choisissait* un réseau pour son score de validation
# (ou s'arrêtait à sa meilleure époque) que ce score serait un peu trop beau.
#
# La courbe d'apprentissage n'est pas mesurée de la même façon. Chacun de ses points est pris pendant l'époque : avec la
# moitié des neurones du classifieur éteints, et en moyenne sur des poids qui étaient moins bons au début de l'époque. La
# validation vient à la fin de l'époque avec tous les neurones. Mesuré comme la validation, le même réseau a
# 0,696 sur les photographies d'apprentissage au lieu de
# 0,626. L'écart à regarder est celui de la table.

# %% [markdown] tags=["lang:en"]
# ### Which classes, and what for?
#
# The confusion matrix as a heatmap: a row is a true class, a column what the net said.

# %% [markdown] tags=["lang:fr"]
# ### Quelles classes, et prises pour quoi ?
#
# La matrice de confusion en heatmap : une ligne est une classe vraie, une colonne ce qu'a dit le réseau.

# %% tasks=["S4.3.11"]
result = lk.evaluate(first_dropout, photos)
_ = lk.plots.confusion_matrix(result)

# %% [markdown] tags=["lang:en"]
# **Question.** Which class is recognised worst? Put its name into `worst`: read it off the heatmap, or let Python find it
# (`result.confusion()`, `result.per_class()`).

# %% [markdown] tags=["lang:fr"]
# **Question.** Quelle classe est la plus mal évaluée ? Mettez son nom dans `worst` : lisez-le sur la heatmap, ou laissez
# Python le trouver (`result.confusion()`, `result.per_class()`).

# %% question="cifar10.worst_class" tasks=["S4.3.11"]
### BEGIN SOLUTION
worst = result.per_class().index[0]
### END SOLUTION

# %% tags=["check"]
lk.check("cifar10.worst_class", (worst, result))

# %% [markdown] tags=["lang:en"]
# ## 6. More convolutions
#
# The pictures are small and blurred: a net that is to tell a cat from a dog has to put more small hints together. So we give
# it more convolutions.
#
# ### First idea: two more, each with its pooling
#
# **Question.** Behind the two convolutions of the first net (5×5, pooling, 3×3, pooling) come two more 3×3 convolutions, each
# with a pooling, all of them 'valid'. Write the list `widths`: the width of the maps after each layer, up to the last one
# that is possible.

# %% [markdown] tags=["lang:fr"]
# ## 6. Plus de convolutions
#
# Les images sont petites et floues : pour distinguer un chat d'un chien, le réseau doit réunir davantage de petits indices.
# Donnons-lui donc plus de convolutions.
#
# ### Première idée : deux de plus, chacune avec son pooling
#
# **Question.** Derrière les deux convolutions du premier réseau (5×5, pooling, 3×3, pooling) viennent deux convolutions 3×3
# de plus, chacune avec un pooling, toutes en 'valid'. Écrivez la liste `widths` : la largeur des cartes après chaque couche,
# jusqu'à la dernière qui soit possible.

# %% question="cifar10.impossible" tasks=["S4.4.1"]
### BEGIN SOLUTION
widths = [28, 14, 12, 6, 4, 2]  # and a 3x3 kernel does not fit into 2x2
### END SOLUTION

# %% tags=["check"]
lk.check("cifar10.impossible", widths)

# %% [markdown] tags=["lang:en"]
# ![The stack of the question with padding 'valid' and with 'same'](../../images/valid_same_stack.png)
#
# Four halvings are too many for 32 pixels that also lose their border. Keras says "Computed output size would be zero or
# negative"; labkit names the layer:

# %% [markdown] tags=["lang:fr"]
# ![La pile de la question avec padding 'valid' et avec 'same'](../../images/valid_same_stack.png)
#
# Quatre divisions par deux, c'est trop pour 32 pixels qui perdent aussi leur bord. Keras dit « Computed output size would be
# zero or negative » ; labkit nomme la couche :

# %% tasks=["S4.4.1"]
try:
    lk.models.cnn((16, 32, 32, 32), (256, 128), image_shape=(32, 32, 3), padding="valid")
except ValueError as error:
    print(error)

# %% [markdown] tags=["lang:en"]
# ### Second idea: two more, without poolings
#
# A convolution without pooling looks again at what the one before has found, at the same size. Two 3×3 kernels in a row see
# 5×5 pixels, as our 5×5 kernel did, but with 2·9 = 18 weights instead of 25 for each pair of maps, and with one more ReLU
# between them: cheaper, and able to say more. That is the idea of VGG (Simonyan & Zisserman, *Very deep convolutional
# networks*, 2015).
#
# So: two convolutions more, before the two that are there, **all kernels 3×3**. The sheet does not say how many kernels
# they have. We read it as pairs: **16, 16, pooling, 32, 32, pooling**, then `Dense` 256, 128 and 10. (Accepted as well:
# 16, 32, and then 16 and 32 with a pooling each.)
#
# **Question.** The weights of each of the seven layers that have some, as `layer_weights`, for 'valid' or for 'same'.

# %% [markdown] tags=["lang:fr"]
# ### Deuxième idée : deux de plus, sans pooling
#
# Une convolution sans pooling regarde de nouveau ce qu'a trouvé la précédente, à la même taille. Deux noyaux 3×3 à la suite
# voient 5×5 pixels, comme notre noyau 5×5, mais avec 2·9 = 18 poids au lieu de 25 pour chaque paire de cartes, et une ReLU
# de plus entre eux : moins cher, et capable d'en dire plus. C'est l'idée de VGG (Simonyan & Zisserman, *Very deep
# convolutional networks*, 2015).
#
# Donc : deux convolutions de plus, avant les deux qui y sont, **tous les noyaux 3×3**. Le sujet ne dit pas combien de noyaux
# elles ont. Nous le lisons par paires : **16, 16, pooling, 32, 32, pooling**, puis `Dense` 256, 128 et 10. (Accepté aussi :
# 16, 32, puis 16 et 32 avec un pooling chacune.)
#
# **Question.** Les poids de chacune des sept couches qui en ont, dans `layer_weights`, en 'valid' ou en 'same'.

# %% question="cifar10.deep_layers" tasks=["S4.4.2", "S4.4.3"]
### BEGIN SOLUTION
flat = 5 * 5 * 32  # widths 32 > 30 > 28 > 14 > 12 > 10 > 5
per_neuron = [9 * 3 + 1, 9 * 16 + 1, 9 * 16 + 1, 9 * 32 + 1, flat + 1, 256 + 1, 128 + 1]
layer_weights = np.multiply(per_neuron, (16, 16, 32, 32, 256, 128, 10))
### END SOLUTION

# %% tags=["check"]
lk.check("cifar10.deep_layers", layer_weights)

# %% [markdown] tags=["lang:en"]
# **Question.** Build it as `deep`, with Keras's own padding for now.

# %% [markdown] tags=["lang:fr"]
# **Question.** Construisez-le, `deep`, pour l'instant avec le padding par défaut de Keras.

# %% question="cifar10.deep_model" tasks=["S4.4.2"]
### BEGIN SOLUTION
deep = keras.Sequential([keras.Input((32, 32, 3))], name="deep")
for filters in (16, 32):
    deep.add(keras.layers.Conv2D(filters, 3, activation="relu"))
    deep.add(keras.layers.Conv2D(filters, 3, activation="relu"))
    deep.add(keras.layers.MaxPooling2D(2))
deep.add(keras.layers.Flatten())
deep.add(keras.layers.Dense(256, activation="relu"))
deep.add(keras.layers.Dense(128, activation="relu"))
deep.add(keras.layers.Dense(10, activation="softmax"))
### END SOLUTION

# %% tags=["check"]
lk.check("cifar10.deep_model", deep)

# %% tasks=["S4.4.3"]
lk.count_parameters(deep)

# %% tasks=["S4.4.2"]
run_deep = lk.train(deep, photos, epochs=EPOCHS, batch_size=128, name="deep, valid", ledger=ledger)

# %% tags=["check"]
lk.check("cifar10.deep_accuracy", run_deep)

# %% tasks=["S4.4.4"]
_ = lk.plots.confusion_matrix(lk.evaluate(deep, photos))

# %% [markdown] tags=["lang:en"]
# ### Keep the border
#
# Four 'valid' convolutions throw away a good part of the border before anything is decided. `padding="same"` keeps all
# pixels.
#
# **Question.** How many weights does the net have *more* with 'same'? (Which layers change, and which do not?)

# %% [markdown] tags=["lang:fr"]
# ### Garder le bord
#
# Quatre convolutions 'valid' jettent une bonne partie du bord avant que rien ne soit décidé. `padding="same"` garde tous les
# pixels.
#
# **Question.** Combien de poids le réseau a-t-il *de plus* avec 'same' ? (Quelles couches changent, lesquelles non ?)

# %% question="cifar10.same_padding" tasks=["S4.4.5"]
### BEGIN SOLUTION
more_weights = (8 * 8 * 32 - 5 * 5 * 32) * 256
### END SOLUTION

# %% tags=["check"]
lk.check("cifar10.same_padding", more_weights)

# %% [markdown] tags=["lang:en"]
# From here on we take the nets from labkit: `lk.models.deep_cnn` builds the one that you have just built, from a table.

# %% [markdown] tags=["lang:fr"]
# À partir d'ici nous prenons les réseaux dans labkit : `lk.models.deep_cnn` construit, à partir d'une table, celui que vous
# venez de construire.

# %% tasks=["S4.4.5"]
same = lk.models.deep_cnn(padding="same")
run_same = lk.train(same, photos, epochs=EPOCHS, batch_size=128, name="deep, same", ledger=ledger)
_ = lk.plots.learning_curves({"valid": run_deep, "same": run_same})

# %% [markdown] tags=["lang:en"]
# Look at the two kinds of curves of each net: dashed for training, solid for validation. Now the same net with a
# `Dropout(0.25)` after each pooling.

# %% [markdown] tags=["lang:fr"]
# Regardez les deux sortes de courbes de chaque réseau : tirets pour l'apprentissage, trait plein pour la validation.
# Maintenant le même réseau avec un `Dropout(0.25)` après chaque pooling.

# %% tasks=["S4.4.6"]
deep_dropout = lk.models.deep_cnn(padding="same", pool_dropout=0.25)
run_deep_dropout = lk.train(
    deep_dropout, photos, epochs=EPOCHS, batch_size=128, name="deep, dropout", ledger=ledger
)
_ = lk.plots.learning_curves({"same": run_same, "dropout 0.25": run_deep_dropout})
lk.compare([run_deep, run_same, run_deep_dropout], columns=["parameters", "train", "val", "test", "gap"])

# %% [markdown] tags=["lang:en"]
# **Question (in your own words).** How do training and validation accuracy move apart without dropout? Is the learning better
# with dropout, *on the training part*, and is that what we want?

# %% [markdown] tags=["lang:fr"]
# **Question (avec vos mots).** Comment s'écartent, sans dropout, l'exactitude d'apprentissage et celle de validation ?
# L'apprentissage est-il amélioré par le dropout *sur la partie train*, et est-ce cela que nous voulons ?

# %% [markdown] tags=["answer", "lang:en"] question="cifar10.deep_curves" tasks=["S4.4.6"]
# Without dropout ("deep, same") training accuracy climbs on to 0.798 while validation ends at
# 0.665 (it was 0.674 in epoch 6): a gap of 0.133, the mark of over-fitting.
#
# With dropout, training accuracy is lower, 0.787, and the gap
# 0.100. On the training part it is harder: a quarter of what the poolings found is missing at every
# step, so single photographs are hard to learn by heart. That is the price, not the aim: what counts is validation,
# 0.687 with dropout against 0.665 without, after 8 epochs. A net with dropout also learns more slowly, so it gains
# more from further epochs.

# %% [markdown] tags=["answer", "lang:fr"] question="cifar10.deep_curves" tasks=["S4.4.6"]
# Sans dropout (« deep, same »), l'exactitude d'apprentissage monte jusqu'à 0,798 tandis que la
# validation finit à 0,665 (elle était de 0,674 à l'époque 6) : un écart de 0,133, la marque du
# sur-apprentissage.
#
# Avec dropout, l'exactitude d'apprentissage est plus basse, 0,787, et l'écart
# 0,100. Sur la partie train, c'est plus difficile : à chaque pas, il manque un quart de ce qu'ont trouvé
# les poolings, et il est dur d'apprendre des photographies par cœur. C'est le prix, non le but : ce qui compte est la
# validation, 0,687 avec dropout contre 0,665 sans, après 8 époques. Un réseau avec dropout apprend aussi plus
# lentement : des époques de plus lui profitent davantage.

# %% [markdown] tags=["lang:en"]
# ### The most frequent errors

# %% [markdown] tags=["lang:fr"]
# ### Les erreurs les plus fréquentes

# %% tasks=["S4.4.7"]
result = lk.evaluate(deep_dropout, photos)
table = result.confusion()

# %% [markdown] tags=["lang:en"]
# **Question.** Which three confusions are the most frequent ones of `deep_dropout` on the test photographs? Put them into
# `pairs`, each as (true class, predicted class). A cat taken for a dog and a dog taken for a cat are two. (The counts
# are in `table`.)

# %% [markdown] tags=["lang:fr"]
# **Question.** Quelles sont les trois confusions les plus fréquentes de `deep_dropout` sur les photographies de test ?
# Mettez-les dans `pairs`, chacune comme (classe vraie, classe prédite). Un chat pris pour un chien et un chien pris pour un
# chat, cela fait deux. (Les nombres sont dans `table`.)

# %% question="cifar10.confusions" tasks=["S4.4.7"]
### BEGIN SOLUTION
pairs = result.most_confused(3)[["true", "predicted"]].to_numpy().tolist()
### END SOLUTION

# %% tags=["check"]
lk.check("cifar10.confusions", (pairs, result))

# %% [markdown] tags=["lang:en"]
# **Question.** Look at them: show 25 photographs that were confused in one of these three ways, and keep what is drawn in
# `ax`. `result.errors(true=3, predicted=5)` gives the places of the errors of class 3 that were taken for class 5, the most
# confident first; `photos.class_names.index(name)` turns a name into its number.

# %% [markdown] tags=["lang:fr"]
# **Question.** Regardez-les : montrez 25 photographies confondues de l'une de ces trois façons, et gardez ce qui est dessiné
# dans `ax`. `result.errors(true=3, predicted=5)` donne les places des erreurs de la classe 3 prises pour la classe 5, les plus
# sûres d'elles d'abord ; `photos.class_names.index(nom)` fait d'un nom son numéro.

# %% question="cifar10.frequent_errors" tasks=["S4.4.7"]
### BEGIN SOLUTION
names = photos.class_names
places = [result.errors(true=names.index(true), predicted=names.index(said))[:9] for true, said in pairs]
shown = np.concatenate(places)[:25]
captions = [f"{names[result.y_true[i]]} → {names[result.y_pred[i]]}" for i in shown]
ax = lk.plots.images(photos.x_test[shown], captions=captions, source=photos.source)
### END SOLUTION

# %% tags=["check"]
lk.check("cifar10.frequent_errors", ax)

# %% [markdown] tags=["lang:en"]
# ## 7. Deeper
#
# ### A third pair
#
# Two more convolutions of **64** kernels, a pooling, and a `Dropout(0.25)`, between what there is and the `Dense` layers. All
# 'same', with dropout after every pooling. Guess before you count: the net had 575,386 weights, and gets deeper.

# %% [markdown] tags=["lang:fr"]
# ## 7. Plus profond
#
# ### Une troisième paire
#
# Deux convolutions de plus, de **64** noyaux, un pooling et un `Dropout(0.25)`, entre ce qu'il y a et les couches `Dense`.
# Tout en 'same', avec dropout après chaque pooling. Devinez avant de compter : le réseau avait 575 386 poids, et il devient
# plus profond.

# %% tags=["check"]
lk.guess("cifar10.deeper_parameters", 700_000)

# %% [markdown] tags=["lang:en"]
# **Question.** How many weights does the deeper net have?

# %% [markdown] tags=["lang:fr"]
# **Question.** Combien de poids a le réseau plus profond ?

# %% question="cifar10.deeper_parameters" tasks=["S4.5.1"]
### BEGIN SOLUTION
convolutions = 448 + 2_320 + 4_640 + 9_248 + (9 * 32 + 1) * 64 + (9 * 64 + 1) * 64
deeper_parameters = convolutions + (4 * 4 * 64 + 1) * 256 + (256 + 1) * 128 + (128 + 1) * 10
### END SOLUTION

# %% tags=["check"]
lk.check("cifar10.deeper_parameters", deeper_parameters)

# %% [markdown] tags=["lang:en"]
# Deeper *and* lighter: the third pooling leaves 4·4·64 = 1,024 numbers for the first `Dense` layer instead of
# 8·8·32 = 2,048, and that layer has most of the weights.

# %% [markdown] tags=["lang:fr"]
# Plus profond *et* plus léger : le troisième pooling laisse 4·4·64 = 1 024 nombres à la première couche `Dense` au lieu de
# 8·8·32 = 2 048, et c'est elle qui a la plupart des poids.

# %% tasks=["S4.5.1"]
deeper = lk.models.deep_cnn(blocks=3, padding="same", pool_dropout=0.25)
run_deeper = lk.train(deeper, photos, epochs=EPOCHS, batch_size=128, name="deeper", ledger=ledger)
print(lk.diagnose(run_deeper))

# %% [markdown] tags=["lang:en"]
# ### Batch normalisation
#
# The gradient of an early layer is a product with one factor for every layer after it. Factors below 1 make it **vanish**,
# factors above 1 make it explode, and the deeper the net, the worse.
#
# `BatchNormalization` (Ioffe & Szegedy, *Batch normalization*, 2015) brings every channel back to mean 0 and standard
# deviation 1 over the batch, then multiplies it by a learnt γ and adds a learnt β. Signals, and with them gradients, keep
# their size from layer to layer, and larger steps become safe. (*Why* it helps so much is still disputed: Santurkar et al.,
# *How does batch normalization help optimization?*, 2018, find above all that it makes the loss smoother.)
#
# When a single photograph is to be classified there is no batch. So the layer also keeps a running mean and a running
# variance of each channel, and uses those outside of training.
#
# **Question.** Build `batch_norm`: the deeper net with **five** normalisations, one after each pair of convolutions (before
# its pooling) and one after each hidden `Dense` layer.

# %% [markdown] tags=["lang:fr"]
# ### La normalisation par lots (batch normalization)
#
# Le gradient d'une des premières couches est un produit avec un facteur pour chaque couche qui la suit. Des facteurs
# au-dessous de 1 le font **disparaître** (vanishing gradient), au-dessus de 1 exploser ; et plus le réseau est profond, plus
# c'est grave.
#
# `BatchNormalization` (Ioffe & Szegedy, *Batch normalization*, 2015) ramène chaque canal à la moyenne 0 et à l'écart type 1
# sur le lot, puis le multiplie par un γ appris et ajoute un β appris. Les signaux, et avec eux les gradients, gardent leur
# taille de couche en couche, et de plus grands pas deviennent sûrs. (*Pourquoi* cela aide tant est encore discuté :
# Santurkar et al., *How does batch normalization help optimization?*, 2018, trouvent surtout que la perte devient plus lisse.)
#
# Quand il faut classer une seule photographie, il n'y a pas de lot. La couche garde donc aussi une moyenne et une variance
# glissantes de chaque canal, et s'en sert hors de l'apprentissage.
#
# **Question.** Construisez `batch_norm` : le réseau plus profond avec **cinq** normalisations, une après chaque paire de
# convolutions (avant son pooling) et une après chaque couche `Dense` cachée.

# %% question="cifar10.batch_norm" tasks=["S4.5.2"]
### BEGIN SOLUTION
batch_norm = keras.Sequential([keras.Input((32, 32, 3))], name="batch_norm")
for filters in (16, 32, 64):
    batch_norm.add(keras.layers.Conv2D(filters, 3, padding="same", activation="relu"))
    batch_norm.add(keras.layers.Conv2D(filters, 3, padding="same", activation="relu"))
    batch_norm.add(keras.layers.BatchNormalization())
    batch_norm.add(keras.layers.MaxPooling2D(2))
    batch_norm.add(keras.layers.Dropout(0.25))
batch_norm.add(keras.layers.Flatten())
for units in (256, 128):
    batch_norm.add(keras.layers.Dense(units, activation="relu"))
    batch_norm.add(keras.layers.BatchNormalization())
batch_norm.add(keras.layers.Dense(10, activation="softmax"))
### END SOLUTION

# %% tags=["check"]
lk.check("cifar10.batch_norm", batch_norm)

# %% [markdown] tags=["lang:en"]
# **Question.** `batch_norm.summary()` lists parameters that are **not trainable**. How many are they, and what are they?
# (Count them with a pencil first.)

# %% [markdown] tags=["lang:fr"]
# **Question.** `batch_norm.summary()` compte des paramètres **non entraînables**. Combien sont-ils, et que sont-ils ?
# (Comptez-les d'abord au crayon.)

# %% question="cifar10.not_trained" tasks=["S4.5.2"]
### BEGIN SOLUTION
channels = 16 + 32 + 64 + 256 + 128
not_trained = 2 * channels  # a running mean and a running variance each
### END SOLUTION

# %% tags=["check"]
lk.check("cifar10.not_trained", not_trained)

# %% tasks=["S4.5.2", "S4.5.4"]
run_batch_norm = lk.train(batch_norm, photos, epochs=EPOCHS, batch_size=128, name="batch norm", ledger=ledger)
_ = lk.plots.learning_curves({"deeper": run_deeper, "batch norm": run_batch_norm})
print(lk.diagnose(run_batch_norm))

# %% tasks=["S4.5.3"]
result = lk.evaluate(batch_norm, photos)
print(result)
_ = lk.plots.confusion_matrix(result)

# %% [markdown] tags=["lang:en"]
# **Question.** Which **two** classes does `batch_norm` recognise worst? Put their names into `worst`.

# %% [markdown] tags=["lang:fr"]
# **Question.** Quelles sont les **deux** classes que `batch_norm` reconnaît le plus mal ? Mettez leurs noms dans `worst`.

# %% question="cifar10.worst_two" tasks=["S4.5.3"]
### BEGIN SOLUTION
worst = list(result.per_class().index[:2])
### END SOLUTION

# %% tags=["check"]
lk.check("cifar10.worst_two", (worst, result))

# %% [markdown] tags=["lang:en"]
# ### More epochs?
#
# Go back to the validation curve of `batch_norm`, and to its diagnosis. Would more epochs have helped? The same net, begun
# afresh (from labkit's table), for `LONG_EPOCHS` epochs. (In the profile `full` the first training had as many.)

# %% [markdown] tags=["lang:fr"]
# ### Plus d'époques ?
#
# Revenez à la courbe de validation de `batch_norm`, et à son diagnostic. Plus d'époques auraient-elles aidé ? Le même réseau,
# repris à zéro (d'après la table de labkit), pendant `LONG_EPOCHS` époques. (Dans le profil `full`, le premier apprentissage
# en avait autant.)

# %% tasks=["S4.5.5"]
long = lk.models.deep_cnn(blocks=3, padding="same", batch_norm=True, pool_dropout=0.25)
run_long = lk.train(
    long, photos, epochs=LONG_EPOCHS, batch_size=128, name=f"batch norm, {LONG_EPOCHS} epochs", ledger=ledger
)
_ = lk.plots.learning_curves(run_long)

# %% tags=["check"]
lk.check("cifar10.batch_norm_accuracy", run_long)

# %% tasks=["S4.5.5"]
lk.compare([run_deeper, run_batch_norm, run_long], columns=["epochs", "minutes", "train", "val", "test"])

# %% [markdown] tags=["lang:en"]
# **Question (in your own words).** How does the net with normalisation behave, compared with `deeper`? How does its
# validation curve move in the short training: were more epochs needed? And what did the longer training bring?

# %% [markdown] tags=["lang:fr"]
# **Question (avec vos mots).** Comment se comporte le réseau avec normalisation, comparé à `deeper` ? Comment évolue sa
# courbe de validation dans l'apprentissage court : fallait-il plus d'époques ? Et qu'a apporté l'apprentissage plus long ?

# %% [markdown] tags=["answer", "lang:en"] question="cifar10.more_epochs" tasks=["S4.5.3", "S4.5.4", "S4.5.5"]
# With the same number of epochs: test accuracy 0.691 without and 0.687 with normalisation, although its training loss
# falls faster (0.74 instead of 0.89 after 8 epochs). Its validation curve is more restless: in training each batch is
# normalised by its own mean, in validation by the running one, and these two do not always agree.
#
# After the short training it was still learning: validation accuracy was highest in the last of the 8 epochs. The
# longer one ends at 0.721 instead of 0.687, with a gap of 0.164 (validation loss was smallest in epoch 10 of 20)
# instead of 0.070, for 3.2 times the time. As long as validation rises, more epochs are worth having; where only the
# training curve still rises, they are not.

# %% [markdown] tags=["answer", "lang:fr"] question="cifar10.more_epochs" tasks=["S4.5.3", "S4.5.4", "S4.5.5"]
# Avec le même nombre d'époques : exactitude de test 0,691 sans et 0,687 avec normalisation, bien que sa perte
# d'apprentissage descende plus vite (0,74 au lieu de 0,89 après 8 époques). Sa courbe de validation est plus agitée :
# en apprentissage, chaque lot est normalisé par sa propre moyenne, en validation par la moyenne glissante, et les deux
# ne s'accordent pas toujours.
#
# Après l'apprentissage court, il apprenait encore : l'exactitude de validation était la plus haute à la dernière des 8
# époques. Le plus long finit à 0,721 au lieu de 0,687, avec un écart de 0,164 (la perte de validation était minimale à
# l'époque 10 sur 20) au lieu de 0,070, pour 3,2 fois le temps. Tant que la validation monte, plus d'époques valent la
# peine ; là où seule monte encore la courbe d'apprentissage, non.

# %% [markdown] tags=["lang:en"]
# ### A leak
#
# Below 0 a ReLU gives 0, and its slope is 0, too. A **LeakyReLU** lets a little through, here 0.3 times the input (Maas, Hannun
# & Ng, *Rectifier nonlinearities improve neural network acoustic models*, 2013, who took 0.01).
#
# ![ReLU and LeakyReLU with their slopes](../../images/leaky_relu.png)
#
# **Question.** A neuron with a plain ReLU has a negative sum for **every** photograph. What happens to its weights?
#
# - **a** its error is large, so it gets a large gradient and soon comes back
# - **b** its slope is 0 everywhere, so its weights get no gradient and stay as they are
# - **c** its weights stay, but its bias still learns, since a bias has no input
# - **d** dropout switches it off and on again, and that wakes it up

# %% [markdown] tags=["lang:fr"]
# ### Une fuite
#
# Au-dessous de 0, une ReLU donne 0, et sa pente est 0 aussi. Une **LeakyReLU** laisse passer un peu, ici 0,3 fois l'entrée
# (Maas, Hannun & Ng, *Rectifier nonlinearities improve neural network acoustic models*, 2013, qui prenaient 0,01).
#
# ![ReLU et LeakyReLU avec leurs pentes](../../images/leaky_relu.png)
#
# **Question.** Un neurone à ReLU simple a une somme négative pour **toutes** les photographies. Que deviennent ses poids ?
#
# - **a** son erreur est grande, il reçoit donc un grand gradient et revient bientôt
# - **b** sa pente est 0 partout : ses poids ne reçoivent aucun gradient et restent ce qu'ils sont
# - **c** ses poids restent, mais son biais apprend encore, puisqu'un biais n'a pas d'entrée
# - **d** le dropout l'éteint et le rallume, et cela le réveille

# %% question="cifar10.dead_relu" tasks=["S4.5.6"]
### BEGIN SOLUTION
dead_relu = "b"
### END SOLUTION

# %% tags=["check"]
lk.check("cifar10.dead_relu", dead_relu)

# %% [markdown] tags=["lang:en"]
# Are there such dead neurons? The outputs of the first `Dense` layer for 1,000 validation photographs, without and with
# normalisation:

# %% [markdown] tags=["lang:fr"]
# Y a-t-il de tels neurones morts ? Les sorties de la première couche `Dense` pour 1 000 photographies de validation, sans et
# avec normalisation :

# %% tasks=["S4.5.6"]
for name, net in {"deeper": deeper, "batch norm": long}.items():
    inner = keras.Model(net.inputs, net.get_layer("fc1").output)
    is_zero = inner.predict(photos.x_val[:1000], verbose=0) <= 0
    print(f"{name}: 0 {is_zero.mean():.0%} of the time; always 0: {is_zero.all(axis=0).sum()} of 256 neurons")

# %% [markdown] tags=["lang:en"]
# Now the normalised net with `LeakyReLU(negative_slope=0.3)` in the place of every ReLU, for `LEAKY_EPOCHS` epochs: the
# longest training of the sheet.

# %% [markdown] tags=["lang:fr"]
# Maintenant le réseau normalisé avec `LeakyReLU(negative_slope=0.3)` à la place de chaque ReLU, pendant `LEAKY_EPOCHS`
# époques : l'apprentissage le plus long du sujet.

# %% tasks=["S4.5.6"]
leaky = lk.models.deep_cnn(blocks=3, padding="same", batch_norm=True, pool_dropout=0.25, leaky_slope=0.3)
run_leaky = lk.train(leaky, photos, epochs=LEAKY_EPOCHS, batch_size=128, name="LeakyReLU", ledger=ledger)
_ = lk.experiments.plot_compare([run_batch_norm, run_long, run_leaky])

# %% tags=["check"]
lk.check("cifar10.leaky_accuracy", run_leaky)

# %% [markdown] tags=["lang:en"]
# ### Which model is the best?
#
# "Best" has several sides: the score on photographs that were never seen, the distance between training and validation, and
# what the training costs. All of them in one table, and in one picture: up is better, left is cheaper, dark is over-fitted.
# Under it, the quickest of the nets that are within 0.01 of the highest test accuracy and, to compare, the one with the
# highest validation accuracy.

# %% [markdown] tags=["lang:fr"]
# ### Quel modèle est le meilleur ?
#
# « Meilleur » a plusieurs côtés : le score sur des photographies jamais vues, la distance entre apprentissage et validation,
# et ce que coûte l'apprentissage. Tous dans une table, et dans une image : en haut c'est mieux, à gauche moins cher, foncé
# veut dire sur-appris. En dessous, le plus rapide des réseaux à 0,01 au plus de la plus haute exactitude de test et, pour
# comparer, celui de la plus haute exactitude de validation.

# %% tasks=["S4.5.7"]
sheet_runs = [run_raw, run_first, run_dropout, run_deep, run_same, run_deep_dropout]
sheet_runs += [run_deeper, run_batch_norm, run_long, run_leaky]
lk.compare(sheet_runs, columns=["parameters", "epochs", "s/epoch", "minutes", "train", "val", "test", "gap"])

# %% tasks=["S4.5.7"]
_ = lk.experiments.plot_cost(sheet_runs)
print(lk.experiments.best(sheet_runs, by="test", within=0.01))
print(lk.experiments.best(sheet_runs, by="val"))

# %% [markdown] tags=["lang:en"]
# **Question (in your own words).** Which model would you take, all things counted: test score, over-fitting, time? When would
# you take another one? And what did the leak change?

# %% [markdown] tags=["lang:fr"]
# **Question (avec vos mots).** Quel modèle prendriez-vous, tout compte fait : score de test, sur-apprentissage, temps ? Quand
# en prendriez-vous un autre ? Et qu'a changé la fuite ?

# %% [markdown] tags=["answer", "lang:en"] question="cifar10.best_model" tasks=["S4.5.6", "S4.5.7"]
# By test score "LeakyReLU" wins in the stored run: 0.779 of the test photographs, with a gap of 0.176, in 39.3 minutes;
# the second, "batch norm, 20 epochs", has 0.721, 0.164 and 18.6 minutes. Both over-fit: the winner knows 0.957 of its
# training photographs. What it costs can be cut, though: after half of its epochs its validation accuracy was 0.762, at
# the end 0.781. A large gap alone is no reason to leave a net, the test score counts; but it says that there is
# something to win with augmentation, dropout or fewer epochs.
#
# Where minutes are dear (a phone, a course without a GPU) I would take "deeper" (0.691, 4.2 min): it gives away
# 0.089, costs 9.4 times less and over-fits least of the deep nets. The ones to leave:
# "raw pixels" (0.201) and "deep, same" (0.133). They over-fit, and another net does better in the same time.
#
# The leak: test accuracy 0.779 against 0.721, but in twice the epochs: the leak is not the only thing
# that differs. After 20 epochs each, validation accuracy was 0.762 with the leak and 0.722 without, which was
# a bad epoch (the best one: 0.753). In the first `Dense` layer 64 of 256 neurons were dead without
# normalisation and 0 with it: normalisation alone leaves none dead, so a leak had nothing left to rescue. Differences
# below about 0.01 (twice the standard error) say nothing either way.

# %% [markdown] tags=["answer", "lang:fr"] question="cifar10.best_model" tasks=["S4.5.6", "S4.5.7"]
# Au score de test, « LeakyReLU » gagne dans l'exécution conservée : 0,779 des photographies de test, avec un écart de
# 0,176, en 39,3 minutes ; le deuxième, « batch norm, 20 epochs », a 0,721, 0,164 et 18,6 minutes. Les deux
# sur-apprennent : le gagnant connaît 0,957 de ses photographies d'apprentissage. Son coût peut pourtant baisser : à la
# moitié de ses époques, son exactitude de validation était de 0,762, à la fin de 0,781. Un grand écart n'est pas à lui
# seul une raison d'écarter un réseau, c'est le score de test qui compte ; mais il dit qu'il y a quelque chose à
# gagner : augmentation, dropout ou moins d'époques.
#
# Là où les minutes sont chères (un téléphone, un cours sans GPU) je prendrais « deeper » (0,691, 4,2 min) : il cède
# 0,089, coûte 9,4 fois moins et sur-apprend le moins des réseaux profonds. Ceux à laisser : « raw pixels » (0,201) et
# « deep, same » (0,133). Ils sur-apprennent, et un autre réseau fait mieux dans le même temps.
#
# La fuite : exactitude de test 0,779 contre 0,721, mais en deux fois plus d'époques : la fuite n'est pas la seule
# différence. Après 20 époques chacun, l'exactitude de validation était de 0,762 avec la fuite et de 0,722 sans, une
# mauvaise époque (la meilleure : 0,753). Dans la première couche `Dense`, 64 des 256 neurones étaient morts sans
# normalisation et 0 avec : la normalisation à elle seule n'en laisse aucun de mort, la fuite n'avait donc plus rien à
# sauver. Des différences au-dessous d'environ 0,01 (deux fois l'erreur type) ne disent rien, ni dans un sens ni dans
# l'autre.

# %% [markdown] tags=["lang:en"]
# ## 8. The best score you can get
#
# Three ideas that others have found, each tried **alone** on the net `batch_norm` for `EPOCHS` epochs. One change at a time:
# if two things change at once, nobody knows which of them helped.
#
# ### Augmentation
#
# A dog that is mirrored, or a little to the left, is still a dog. Showing such variants, other ones in every epoch, makes the
# training set larger without a single new label (Krizhevsky, Sutskever & Hinton, *ImageNet classification with deep
# convolutional neural networks*, 2012; a survey is Shorten & Khoshgoftaar, *A survey on image data augmentation for deep
# learning*, 2019). In Keras these are layers:

# %% [markdown] tags=["lang:fr"]
# ## 8. Le meilleur score possible
#
# Trois idées que d'autres ont trouvées, chacune essayée **seule** sur le réseau `batch_norm` pendant `EPOCHS` époques. Un
# changement à la fois : si deux choses changent ensemble, personne ne sait laquelle a aidé.
#
# ### L'augmentation
#
# Un chien en miroir, ou un peu plus à gauche, est toujours un chien. Montrer de telles variantes, d'autres à chaque époque,
# agrandit le jeu d'apprentissage sans un seul label nouveau (Krizhevsky, Sutskever & Hinton, *ImageNet classification with
# deep convolutional neural networks*, 2012 ; une vue d'ensemble : Shorten & Khoshgoftaar, *A survey on image data
# augmentation for deep learning*, 2019). Dans Keras, ce sont des couches :

# %% tasks=["S3.4"]
augment = [keras.layers.RandomFlip("horizontal"), keras.layers.RandomTranslation(0.1, 0.1)]
nine = keras.Sequential(augment)(np.repeat(photos.x_train[:1], 9, axis=0), training=True)
_ = lk.plots.images(keras.ops.convert_to_numpy(nine), rows=3, columns=3, size=1.4, source=photos.source)

# %% [markdown] tags=["lang:en"]
# Counting whole pixels only, that is 2·7·7 = 98 pictures of each photograph: mirrored or not, and moved by up to 3 pixels each
# way. (Upside down would be a bad idea: no ship in the test set sails like that.) `lk.train(..., augment=...)` puts these
# layers before the net while it learns, and leaves the net itself as it is.

# %% [markdown] tags=["lang:fr"]
# En ne comptant que des pixels entiers, cela fait 2·7·7 = 98 images de chaque photographie : en miroir ou non, et décalée d'au
# plus 3 pixels de chaque côté. (Tête en bas serait une mauvaise idée : aucun bateau du jeu de test ne navigue ainsi.)
# `lk.train(..., augment=...)` met ces couches devant le réseau pendant qu'il apprend, et laisse le réseau lui-même tel quel.

# %% tasks=["S3.4"]
run_augmented = lk.train(
    keras.models.clone_model(batch_norm), photos, epochs=EPOCHS, batch_size=128, augment=augment,
    name="+ augmentation", ledger=ledger,
)  # fmt: skip

# %% [markdown] tags=["lang:en"]
# ### A learning-rate schedule
#
# Large steps get somewhere quickly; small steps settle. A **schedule** takes both, in turn: a short warm-up from 0 (Goyal et
# al., *Accurate, large minibatch SGD*, 2017), then a slow decrease along half a cosine, down to 0 at the very last step
# (Loshchilov & Hutter, *SGDR*, 2017).

# %% [markdown] tags=["lang:fr"]
# ### Un taux d'apprentissage qui varie
#
# De grands pas mènent vite quelque part ; de petits pas se posent. Un **programme** (schedule) prend les deux, l'un après
# l'autre : un court échauffement à partir de 0 (warm-up ; Goyal et al., *Accurate, large minibatch SGD*, 2017), puis une
# lente décroissance le long d'un demi-cosinus, jusqu'à 0 au tout dernier pas (Loshchilov & Hutter, *SGDR*, 2017).

# %% tasks=["S3.4"]
import matplotlib.pyplot as plt

steps = EPOCHS * int(np.ceil(len(photos.x_train) / 128))
warm_up = steps // 10
schedule = keras.optimizers.schedules.CosineDecay(
    0.0, decay_steps=steps - warm_up, warmup_target=0.002, warmup_steps=warm_up
)
moments = np.linspace(0, steps, 100)
_, ax = plt.subplots(figsize=(6, 2.5))
_ = ax.plot(moments, [float(schedule(moment)) for moment in moments])
_ = ax.set(xlabel="step", ylabel="learning rate")

# %% tasks=["S3.4"]
run_scheduled = lk.train(
    keras.models.clone_model(batch_norm), photos, epochs=EPOCHS, batch_size=128, learning_rate=schedule,
    name="+ schedule", ledger=ledger,
)  # fmt: skip

# %% [markdown] tags=["lang:en"]
# ### Label smoothing
#
# The cross-entropy is content only when the right class gets the probability 1, and drives the logits ever further apart.
# **Label smoothing** asks for a little less (Szegedy et al., *Rethinking the Inception architecture*, 2016): of the 1 on the
# right class a share of 0.1 is taken away and divided evenly among **all ten** classes.
#
# **Question.** What target remains for the right class?

# %% [markdown] tags=["lang:fr"]
# ### Le lissage des étiquettes (label smoothing)
#
# L'entropie croisée n'est contente que si la bonne classe reçoit la probabilité 1, et elle écarte les logits toujours
# davantage. Le **lissage des étiquettes** en demande un peu moins (Szegedy et al., *Rethinking the Inception architecture*,
# 2016) : du 1 de la bonne classe, on retire une part de 0,1 que l'on partage également entre **les dix** classes.
#
# **Question.** Quelle cible reste-t-il à la bonne classe ?

# %% question="cifar10.smoothed" tasks=["S3.4"]
### BEGIN SOLUTION
smoothed = 1 - 0.1 + 0.1 / 10
### END SOLUTION

# %% tags=["check"]
lk.check("cifar10.smoothed", smoothed)

# %% tasks=["S3.4"]
run_smoothed = lk.train(
    keras.models.clone_model(batch_norm), photos, epochs=EPOCHS, batch_size=128, label_smoothing=0.1,
    name="+ label smoothing", ledger=ledger,
)  # fmt: skip

# %% [markdown] tags=["lang:en"]
# (The *loss* of this run must not be compared with the others': with smoothed targets even perfect answers cost about 0.50.
# Compare accuracies.)

# %% [markdown] tags=["lang:fr"]
# (Il ne faut pas comparer la *perte* de cet entraînement à celle des autres : avec des cibles lissées, même des réponses
# parfaites coûtent environ 0,50. Comparez les exactitudes.)

# %% tasks=["S3.4"]
one_by_one = [run_batch_norm, run_augmented, run_scheduled, run_smoothed]
_ = lk.experiments.plot_compare(one_by_one)
lk.compare(one_by_one, columns=["learning_rate", "train", "val", "test", "gap", "s/epoch"])

# %% [markdown] tags=["lang:en"]
# **Question (in your own words).** What did each of the three change, and where do you see it: in the score, in the gap, in the
# shape of the curve? Which differences are larger than chance?

# %% [markdown] tags=["lang:fr"]
# **Question (avec vos mots).** Qu'a changé chacune des trois idées, et où le voyez-vous : dans le score, dans l'écart, dans la
# forme de la courbe ? Quelles différences dépassent le hasard ?

# %% [markdown] tags=["answer", "lang:en"] question="cifar10.one_change" tasks=["S3.4"]
# - **Augmentation**: test 0.640 against 0.687, gap +0.022 against +0.070. The net
#   never sees the same picture twice, so there is less to learn by heart; but each epoch is harder, and the gain is paid for in
#   epochs: in a short training it may not show yet.
# - **Schedule**: test 0.729 against 0.687. The end of the curve is steady: the last steps are
#   tiny, so the net settles instead of jumping about.
# - **Label smoothing**: test 0.673 against 0.687. It costs no time; above all it makes the
#   probabilities less extreme.
#
# One run each, one seed: with a standard error of about 0.005, and about as much again from the first weights, the
# schedule (+0.042) and the augmentation (−0.048) differ clearly; the label smoothing (−0.014) would have to be repeated
# with other seeds.

# %% [markdown] tags=["answer", "lang:fr"] question="cifar10.one_change" tasks=["S3.4"]
# - **Augmentation** : test 0,640 contre 0,687, écart +0,022 contre +0,070. Le réseau
#   ne voit jamais deux fois la même image : il y a moins à apprendre par cœur ; mais chaque époque est plus difficile, et le
#   gain se paie en époques : dans un apprentissage court, il ne se voit peut-être pas encore.
# - **Programme** : test 0,729 contre 0,687. La fin de la courbe est régulière : les derniers pas
#   sont minuscules, le réseau se pose au lieu de sauter tout autour.
# - **Lissage des étiquettes** : test 0,673 contre 0,687. Il ne coûte aucun temps ; il rend surtout
#   les probabilités moins extrêmes.
#
# Un seul entraînement chacun, une seule graine : avec une erreur type d'environ 0,005, et à peu près autant du fait des
# premiers poids, le programme (+0,042) et l'augmentation (−0,048) diffèrent clairement ; le lissage (−0,014) serait à
# refaire avec d'autres graines.

# %% [markdown] tags=["lang:en"]
# ### All together, in a better net
#
# A net made for speed, after the idea of Jordan (*94% on CIFAR-10 in 3.29 seconds on a single GPU*, 2024): do not spend the
# work where the maps are large.
#
# - The first convolution is 4×4 with **stride 2**: the maps are 16×16 from the start, and everything after it costs a
#   quarter. What is saved buys **48, 96 and 192 kernels** instead of 16 to 64.
# - Every convolution is followed by its own normalisation and then by the ReLU. The normalisation has a β, so the
#   convolution needs no bias; its moving averages follow faster (momentum 0.9), since the training is short.
# - **Global max pooling** keeps the largest value of each map, and `Dense` 10 decides from these 192 numbers (global pooling
#   instead of large `Dense` layers: Lin, Chen & Yan, *Network in network*, 2014). The layer that held most of our weights is
#   gone.
# - Nesterov's SGD with a warm-up and a decay to 0, augmentation, label smoothing.

# %% [markdown] tags=["lang:fr"]
# ### Tout ensemble, dans un meilleur réseau
#
# Un réseau fait pour la vitesse, d'après l'idée de Jordan (*94% on CIFAR-10 in 3.29 seconds on a single GPU*, 2024) : ne pas
# dépenser le travail là où les cartes sont grandes.
#
# - La première convolution est 4×4 avec un **stride de 2** : les cartes sont 16×16 dès le début, et tout ce qui suit
#   coûte quatre fois moins. Ce que l'on gagne paie **48, 96 et 192 noyaux** au lieu de 16 à 64.
# - Chaque convolution est suivie de sa propre normalisation, puis de la ReLU. La normalisation a un β : la convolution
#   n'a pas besoin de biais ; ses moyennes glissantes suivent plus vite (momentum 0,9), car l'apprentissage est court.
# - Le **global max pooling** garde la plus grande valeur de chaque carte, et `Dense` 10 décide d'après ces 192 nombres (un
#   pooling global au lieu de grandes couches `Dense` : Lin, Chen & Yan, *Network in network*, 2014). La couche qui tenait la
#   plupart de nos poids a disparu.
# - SGD de Nesterov avec échauffement et décroissance jusqu'à 0, augmentation, lissage des étiquettes.


# %% tasks=["S3.4"]
def convolution(filters, size=3, strides=1):
    return [
        keras.layers.Conv2D(filters, size, strides=strides, padding="same", use_bias=False),
        keras.layers.BatchNormalization(momentum=0.9),
        keras.layers.ReLU(),
    ]


improved = keras.Sequential(
    [
        keras.Input((32, 32, 3)),
        *convolution(48, size=4, strides=2),
        *[*convolution(48), *convolution(96), keras.layers.MaxPooling2D(2)],
        *[*convolution(96), *convolution(192), keras.layers.MaxPooling2D(2)],
        *convolution(192),
        *[keras.layers.GlobalMaxPooling2D(), keras.layers.Dense(10)],
    ],
    name="improved",
)
print(f"{improved.count_params():,}")

# %% tasks=["S3.4"]
steps = BEST_EPOCHS * int(np.ceil(len(photos.x_train) / 128))
schedule = keras.optimizers.schedules.CosineDecay(
    0.0, decay_steps=steps - steps // 5, warmup_target=0.2, warmup_steps=steps // 5
)
optimizer = keras.optimizers.SGD(schedule, momentum=0.9, nesterov=True, weight_decay=5e-3)
run_improved = lk.train(
    improved, photos, epochs=BEST_EPOCHS, batch_size=128, optimizer=optimizer, augment=augment,
    label_smoothing=0.1, name="improved", ledger=ledger,
)  # fmt: skip
_ = lk.plots.learning_curves(run_improved)

# %% tags=["check"]
lk.check("cifar10.improved", run_improved)

# %% [markdown] tags=["lang:en"]
# Its classes, hardest first. Are they still the same as in section 5?

# %% [markdown] tags=["lang:fr"]
# Ses classes, la plus difficile d'abord. Sont-ce encore les mêmes que dans la section 5 ?

# %%
lk.evaluate(improved, photos).per_class().round(3)

# %% [markdown] tags=["lang:en"]
# ## 9. Synthesis
#
# Every training of this lab, from the ledger: what was chosen, and what came of it. The best scores are bold, failed runs
# red. The ledger is a plain file: it is still there tomorrow.

# %% [markdown] tags=["lang:fr"]
# ## 9. Synthèse
#
# Tous les entraînements de ce TP, d'après le registre : ce qui a été choisi, et ce qui en est sorti. Les meilleurs scores
# sont en gras, les échecs en rouge. Le registre est un simple fichier : il sera encore là demain.

# %% tasks=["S3.5", "S3.2"]
lk.compare(ledger, styled=True)

# %% [markdown] tags=["lang:en"]
# The curves of the nets that marked the way, and what all of them cost:

# %% [markdown] tags=["lang:fr"]
# Les courbes des réseaux qui ont jalonné le chemin, et ce qu'ils ont tous coûté :

# %% tasks=["S3.5"]
_ = lk.experiments.plot_compare([run_first, run_same, run_deep_dropout, run_batch_norm, run_improved])
_ = lk.experiments.plot_cost(ledger)

# %% [markdown] tags=["lang:en"]
# And the way itself: each step's test accuracy minus that of the step before.

# %% [markdown] tags=["lang:fr"]
# Et le chemin lui-même : l'exactitude de test de chaque pas moins celle du pas précédent.

# %% tasks=["S3.5"]
way = lk.compare([*sheet_runs, run_improved], columns=["parameters", "epochs", "minutes", "gap", "test"])
way.assign(gain=way["test"].diff())

# %% [markdown] tags=["lang:en"]
# **Question (in your own words).** Which choice mattered most, and which hardly at all? What would you do first on the
# next data set? And one warning: we have now looked at the test score of every run. What is the score of the best one
# worth?

# %% [markdown] tags=["lang:fr"]
# **Question (avec vos mots).** Quel choix a compté le plus, et lequel presque pas ? Que feriez-vous en premier sur le prochain
# jeu de données ? Et un avertissement : nous avons maintenant regardé le score de test de chaque entraînement. Que vaut celui
# du meilleur ?

# %% [markdown] tags=["answer", "lang:en"] question="cifar10.what_mattered" tasks=["S3.5", "S3.2"]
# The largest steps: "first CNN" (+0.090), "improved" (+0.077), "LeakyReLU" (+0.059). Hardly anything: "first CNN,
# dropout 0.5" (+0.005), "deep, same" (−0.005), "deeper" (+0.006), "batch norm" (−0.003). From raw pixels to the
# improved net the test accuracy goes from 0.537 to 0.857, and the number of weights from 335,210 to 649,738. The
# normalised net of section 7 has hardly more of them than the first one, 370,650, and gets 0.721: it is not their
# number that decides, but where they are and how they are trained.
#
# On the next data set, in this order: scale the inputs; a convolutional net with normalisation; look at the gap; against a
# gap augmentation and dropout, without one a larger net; a learning rate that ends at 0; then epochs.
#
# The winner of many runs on the same test photographs is a little lucky on them. With differences of
# 0.077 and a standard error of about 0.004 this changes little here. Clean is: choose by
# validation, and look at the test score of the chosen one only.

# %% [markdown] tags=["answer", "lang:fr"] question="cifar10.what_mattered" tasks=["S3.5", "S3.2"]
# Les plus grands pas : « first CNN » (+0,090), « improved » (+0,077), « LeakyReLU » (+0,059). Presque rien : « first
# CNN, dropout 0.5 » (+0,005), « deep, same » (−0,005), « deeper » (+0,006), « batch norm » (−0,003). Des pixels bruts
# au réseau amélioré, l'exactitude de test passe de 0,537 à 0,857, et le nombre de poids de 335 210 à 649 738. Le réseau
# normalisé de la section 7 en a à peine plus que le premier, 370 650, et atteint 0,721 : ce n'est pas leur nombre qui
# décide, mais leur place et la façon de les entraîner.
#
# Sur le prochain jeu de données, dans cet ordre : mettre les entrées à l'échelle ; un réseau convolutif avec normalisation ;
# regarder l'écart ; contre un écart, augmentation et dropout, sans écart un réseau plus grand ; un taux d'apprentissage qui
# finit à 0 ; puis des époques.
#
# Le gagnant de nombreux entraînements sur les mêmes photographies de test y a eu un peu de chance. Avec des différences de
# 0,077 et une erreur type d'environ 0,004, cela change peu ici. Ce qui est propre : choisir
# d'après la validation, et ne regarder que le score de test de celui qu'on a choisi.

# %% [markdown] tags=["lang:en"]
# ## What to take home
#
# - Scale the pixels: the same net on raw ones begins with a loud mistake.
# - Two 3×3 convolutions in a row see as far as one 5×5, for fewer weights and with a ReLU more.
# - 'valid' and poolings eat up a small image; 'same' keeps its border and costs weights only in the first `Dense` layer.
# - A deeper net can be a lighter one: what counts is how many numbers reach the first `Dense` layer.
# - Batch normalisation keeps the signals' size; two of its four numbers a channel are counted, not trained.
# - Training accuracy on the curve is measured with dropout on. For the gap, measure it afterwards.
# - One change at a time, one row a training, and no conclusion from a difference smaller than the wobble.
# - Choose by validation, report the test.
#
# ### Going further
#
# 1. How large is the luck of the first weights? Train `batch_norm` three times (`seed=1`, `2`, `3`, a fresh copy and a name
#    of its own each) and compare the spread with the standard error.
# 2. Add `keras.layers.RandomErasing(value_range=(0, 1))` to the augmentation (DeVries & Taylor, *Cutout*, 2017): a patch of
#    each photograph is painted over. Does the net need more epochs then?
# 3. Some test photographs of CIFAR-10 have a near twin among the training ones, about 3 % of them (Barz & Denzler, *Do we train
#    on test data?*, 2020). Find the nearest training photograph (sum of squared differences) of a hundred test ones. What does
#    that mean for the scores?
# 4. Run the lab in the `full` profile on a GPU: `LABKIT_PROFILE=full` before starting, or `lk.setup(profile="full")`.

# %% [markdown] tags=["lang:fr"]
# ## À retenir
#
# - Mettez les pixels à l'échelle : sur des pixels bruts, le même réseau commence par une erreur criante.
# - Deux convolutions 3×3 à la suite voient aussi loin qu'une 5×5, pour moins de poids et avec une ReLU de plus.
# - 'valid' et les poolings dévorent une petite image ; 'same' garde son bord et ne coûte des poids que dans la première couche
#   `Dense`.
# - Un réseau plus profond peut être plus léger : ce qui compte est combien de nombres arrivent à la première couche `Dense`.
# - La normalisation par lots garde la taille des signaux ; deux de ses quatre nombres par canal sont comptés, non entraînés.
# - L'exactitude d'apprentissage de la courbe est mesurée avec dropout. Pour l'écart, mesurez-la après.
# - Un changement à la fois, une ligne par entraînement, et aucune conclusion d'une différence plus petite que le tremblement.
# - Choisissez d'après la validation, publiez le test.
#
# ### Pour aller plus loin
#
# 1. Quelle est la part de chance des premiers poids ? Entraînez `batch_norm` trois fois (`seed=1`, `2`, `3`, chaque fois une
#    copie neuve et un nom à elle) et comparez la dispersion à l'erreur type.
# 2. Ajoutez `keras.layers.RandomErasing(value_range=(0, 1))` à l'augmentation (DeVries & Taylor, *Cutout*, 2017) : un
#    morceau de chaque photographie est recouvert. Faut-il alors plus d'époques ?
# 3. Certaines photographies de test de CIFAR-10 ont presque leur jumelle parmi celles d'apprentissage, environ 3 % (Barz &
#    Denzler, *Do we train on test data?*, 2020). Cherchez la photographie d'apprentissage la plus proche (somme des carrés des
#    différences) d'une centaine de photographies de test. Qu'est-ce que cela veut dire pour les scores ?
# 4. Lancez le TP dans le profil `full` sur un GPU : `LABKIT_PROFILE=full` avant de démarrer, ou
#    `lk.setup(profile="full")`.

# %% [markdown] tags=["lang:en"]
# Done? On Colab, give the GPU back, so that your quota is there next week. Save your files first.

# %% [markdown] tags=["lang:fr"]
# Terminé ? Sur Colab, rendez le GPU, pour que votre quota soit là la semaine prochaine. Enregistrez d'abord vos fichiers.

# %% tags=["live"]
lk.release_gpu()
