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
#       en: "A first convolutional network: MNIST"
#       fr: "Un premier réseau convolutif : MNIST"
#     minutes: 150
#     gpu: true
#     needs:
#       en: "you have trained a fully connected network before"
#       fr: "vous avez déjà entraîné un réseau complètement connecté"
# ---

# %% [markdown] tags=["lang:en"]
# In the labs before this one your networks were fully connected: every neuron looked at every pixel, each with a
# weight of its own. Today's network looks at **small windows** and uses **the same few weights everywhere**. That one
# change is why networks can see.
#
# You will
#
# 1. load MNIST and look at it,
# 2. understand a convolution and a pooling well enough to do them with a pencil,
# 3. predict the shape and the number of weights of every layer, then build the network and check,
# 4. train it, test it, and look at its errors,
# 5. do at least as well with thirty times fewer weights,
# 6. move to colour photographs (CIFAR-10), meet over-fitting, and fight it with dropout.
#
# Each question has a cell for your answer and a cell that checks it. **Predict before you compute**: a wrong prediction
# that you understand is worth more than a right number that you copied.

# %% [markdown] tags=["lang:fr"]
# Dans les TP précédents, vos réseaux étaient complètement connectés : chaque neurone regardait chaque pixel, avec un
# poids pour chacun. Le réseau d'aujourd'hui regarde de **petites fenêtres** et emploie **les mêmes quelques poids
# partout**. C'est ce seul changement qui permet aux réseaux de voir.
#
# Vous allez
#
# 1. charger MNIST et regarder les images,
# 2. comprendre la convolution et le pooling assez bien pour les faire au crayon,
# 3. prédire la forme et le nombre de poids de chaque couche, puis construire le réseau et vérifier,
# 4. l'entraîner, le tester, et regarder ses erreurs,
# 5. faire au moins aussi bien avec trente fois moins de poids,
# 6. passer à des photographies en couleur (CIFAR-10), rencontrer le sur-apprentissage et le combattre par le dropout.
#
# Chaque question a une cellule pour votre réponse et une cellule qui la vérifie. **Prédisez avant de calculer** : une
# prédiction fausse que l'on comprend vaut mieux qu'un nombre juste que l'on a copié.

# %% tags=["setup"] tasks=["S2.1"]
import labkit as lk

lk.setup(language="en")

import keras
import numpy as np

# %% [markdown] tags=["lang:en"]
# The budgets of this lab, in the open. `course` is what you get by default; `full` has the epochs of the course sheet;
# `smoke` is a run of a minute on a small stand-in for the data, to test that everything works.

# %% [markdown] tags=["lang:fr"]
# Les budgets de ce TP, au grand jour. `course` est ce que vous avez par défaut ; `full` a les époques du sujet ;
# `smoke` est un essai d'une minute sur un petit échantillon, pour vérifier que tout fonctionne.

# %%
EPOCHS = lk.by_profile(smoke=4, course=10, full=10)
CIFAR_EPOCHS = lk.by_profile(smoke=3, course=12, full=100)
DROPOUT_EPOCHS = lk.by_profile(smoke=3, course=20, full=50)
CIFAR_IMAGES = lk.by_profile(smoke=800, course=10_000, full=40_000)

# %% [markdown] tags=["lang:en"]
# ## 1. The data
#
# MNIST: 60,000 handwritten digits to learn from and 10,000 to be tested on, each 28×28 grey pixels. We set 20 % of the
# training images aside for **validation**: they tell us during training how we do on images that the network does not
# learn from.

# %% [markdown] tags=["lang:fr"]
# ## 1. Les données
#
# MNIST : 60 000 chiffres manuscrits pour apprendre et 10 000 pour être testé, chacun de 28×28 pixels gris. Nous mettons
# de côté 20 % des images d'apprentissage pour la **validation** : elles nous disent pendant l'entraînement ce que le
# réseau vaut sur des images dont il n'apprend pas.

# %%
dataset = lk.data.load("mnist", validation=0.2)
dataset.describe()

# %% [markdown] tags=["lang:en"]
# **Question.** Put the images and labels into `x_train, y_train`, `x_val, y_val` and `x_test, y_test` (they are
# attributes of `dataset`, with these very names).

# %% [markdown] tags=["lang:fr"]
# **Question.** Placez les images et les labels dans `x_train, y_train`, `x_val, y_val` et `x_test, y_test` (ce sont des
# attributs de `dataset`, avec ces mêmes noms).

# %% question="mnist.data" tasks=["S2.1", "S2.T"]
### BEGIN SOLUTION
x_train, y_train = dataset.x_train, dataset.y_train
x_val, y_val = dataset.x_val, dataset.y_val
x_test, y_test = dataset.x_test, dataset.y_test
### END SOLUTION

# %% tags=["check"]
lk.check("mnist.data", x_train)

# %% [markdown] tags=["lang:en"]
# Never train on images that you have not looked at. Twenty-five of them, with their names:

# %% [markdown] tags=["lang:fr"]
# N'entraînez jamais sur des images que vous n'avez pas regardées. En voici vingt-cinq, avec leur nom :

# %% tasks=["S2.2"]
_ = lk.plots.images(x_train, y_train, dataset.class_names)

# %% [markdown] tags=["lang:en"]
# **Question.** Show the first 25 *test* images in the same way and keep the result in `ax`. (With your own matplotlib
# code, 25 subplots, keep the figure.)

# %% [markdown] tags=["lang:fr"]
# **Question.** Montrez de même les 25 premières images de *test* et gardez le résultat dans `ax`. (Avec votre propre
# code matplotlib, 25 subplots, gardez la figure.)

# %% question="mnist.show_test" tasks=["S2.3"]
### BEGIN SOLUTION
ax = lk.plots.images(x_test, y_test, dataset.class_names)
### END SOLUTION

# %% tags=["check"]
lk.check("mnist.show_test", ax)

# %% [markdown] tags=["lang:en"]
# ### What the network wants to be fed
#
# A convolutional layer takes images with a **channel axis**: `(28, 28, 1)` for grey, `(32, 32, 3)` for colour. And it
# learns better from small numbers: pixels of 0..255 make the first activations, and so the first gradients, hundreds
# of times too large.
#
# **Question.** Turn `x_train`, `x_val` and `x_test` into `float32` arrays of shape `(n, 28, 28, 1)` with values in 0..1.

# %% [markdown] tags=["lang:fr"]
# ### Ce que le réseau veut recevoir
#
# Une couche de convolution prend des images avec un **axe des canaux** : `(28, 28, 1)` en gris, `(32, 32, 3)` en
# couleur. Et elle apprend mieux de petits nombres : des pixels de 0..255 rendent les premières activations, donc les
# premiers gradients, des centaines de fois trop grands.
#
# **Question.** Faites de `x_train`, `x_val` et `x_test` des tableaux `float32` de forme `(n, 28, 28, 1)` à valeurs dans
# 0..1.

# %% question="mnist.prepare" tasks=["S2.4"]
### BEGIN SOLUTION
x_train = x_train[..., np.newaxis].astype("float32") / 255
x_val = x_val[..., np.newaxis].astype("float32") / 255
x_test = x_test[..., np.newaxis].astype("float32") / 255
### END SOLUTION

# %% tags=["check"]
lk.check("mnist.prepare", x_train)
lk.check("mnist.prepare_test", x_test)

# %% [markdown] tags=["lang:en"]
# ## 2. Convolution, stride, padding, pooling
#
# ### A convolution by hand
#
# A **kernel** is a small square of weights, here 3×3. It is laid on the image; the nine products of weight and pixel are
# added up (and one **bias** is added): that is one pixel of the output. Then the kernel moves on by one pixel. The
# kernel below answers strongly where the image goes from dark to bright, from left to right: it is an edge detector.
#
# ![One step of a 3×3 convolution](../../images/convolution.png)
#
# Nobody chooses these weights: they are what the training finds. A layer with 32 kernels gives 32 such pictures of the
# same image, called **feature maps**. After the sum comes the **ReLU**, max(0, ·): what is negative becomes 0.

# %% [markdown] tags=["lang:fr"]
# ## 2. Convolution, stride, padding, pooling
#
# ### Une convolution à la main
#
# Un **noyau** (kernel) est un petit carré de poids, ici 3×3. On le pose sur l'image ; on additionne les neuf produits
# poids × pixel (et un **biais**) : c'est un pixel de la sortie. Puis le noyau avance d'un pixel. Le noyau ci-dessous
# répond fortement là où l'image passe du sombre au clair, de gauche à droite : c'est un détecteur de contours.
#
# ![Un pas d'une convolution 3×3](../../images/convolution.png)
#
# Personne ne choisit ces poids : c'est l'entraînement qui les trouve. Une couche de 32 noyaux tire de la même
# image 32 images de ce genre, appelées **cartes de caractéristiques** (feature maps). Après la somme vient la **ReLU**, max(0, ·) : ce
# qui est négatif devient 0.

# %% [markdown] tags=["lang:en"]
# Here is that kernel on the first training image. Red: the output is positive (dark to bright); blue: negative.

# %% [markdown] tags=["lang:fr"]
# Voici ce noyau sur la première image d'apprentissage. Rouge : la sortie est positive (du sombre au clair) ; bleu : négative.

# %%
kernel = np.array([[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]])
windows = np.lib.stride_tricks.sliding_window_view(x_train[0, :, :, 0], (3, 3))
output = (windows * kernel).sum(axis=(2, 3))
_ = lk.plots.images(lk.plots.signed(output[np.newaxis]), captions=["26×26"], size=3.5)

# %% [markdown] tags=["lang:en"]
# **Question.** The window `[[1, 2, 0], [0, 3, 1], [2, 0, 1]]` meets the kernel `[[0, 1, 0], [1, -4, 1], [0, 1, 0]]`,
# bias 0. What comes out **after the ReLU**? (Pencil first.)

# %% [markdown] tags=["lang:fr"]
# **Question.** La fenêtre `[[1, 2, 0], [0, 3, 1], [2, 0, 1]]` rencontre le noyau `[[0, 1, 0], [1, -4, 1], [0, 1, 0]]`,
# biais 0. Que vaut la sortie **après la ReLU** ? (D'abord au crayon.)

# %% question="mnist.conv_value" tasks=["S2.5"]
### BEGIN SOLUTION
window = np.array([[1, 2, 0], [0, 3, 1], [2, 0, 1]])
kernel = np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]])
conv_value = max(0, (window * kernel).sum())
### END SOLUTION

# %% tags=["check"]
lk.check("mnist.conv_value", conv_value)

# %% [markdown] tags=["lang:en"]
# ### How large is the output?
#
# A 3×3 kernel cannot be centred on the border without sticking out. With `padding="valid"` (Keras's default) it never
# does, so the border is lost; with `padding="same"` the image is framed with zeros and keeps its size. The **stride** is
# how far the kernel moves each time; 1 by default.
#
# ![Padding and stride](../../images/stride_padding.png)
#
# Our first layer will be `Conv2D(32, (3, 3))` on a 28×28×1 image: 32 kernels, stride 1, padding 'valid'.
#
# **Question.** What is the shape of its output: `(height, width, maps)`?

# %% [markdown] tags=["lang:fr"]
# ### Quelle est la taille de la sortie ?
#
# Un noyau 3×3 ne peut pas être centré sur le bord sans dépasser. Avec `padding="valid"` (par défaut dans Keras), il ne
# dépasse jamais, et le bord est perdu ; avec `padding="same"`, l'image est encadrée de zéros et garde sa taille. Le
# **stride** est le pas du noyau ; 1 par défaut.
#
# ![Padding et stride](../../images/stride_padding.png)
#
# Notre première couche sera `Conv2D(32, (3, 3))` sur une image 28×28×1 : 32 noyaux, stride 1, padding 'valid'.
#
# **Question.** Quelle est la forme de sa sortie : `(hauteur, largeur, cartes)` ?

# %% question="mnist.conv_shape" tasks=["S2.5"]
### BEGIN SOLUTION
conv_shape = (28 - 3 + 1, 28 - 3 + 1, 32)
### END SOLUTION

# %% tags=["check"]
lk.check("mnist.conv_shape", conv_shape)

# %% [markdown] tags=["lang:en"]
# **Question.** And how wide would the output be with `strides=2`, still 'valid'? Give the width.

# %% [markdown] tags=["lang:fr"]
# **Question.** Et quelle serait la largeur de la sortie avec `strides=2`, toujours en 'valid' ?

# %% question="mnist.stride" tasks=["S2.5"]
### BEGIN SOLUTION
stride_width = (28 - 3) // 2 + 1
### END SOLUTION

# %% tags=["check"]
lk.check("mnist.stride", stride_width)

# %% [markdown] tags=["lang:en"]
# ### Pooling
#
# `MaxPooling2D((2, 2))` keeps the largest of each 2×2 block, map by map. There is nothing to learn in it. It makes the
# maps four times smaller, and it makes the answer steadier: when the digit moves by a pixel, most of the maxima stay.
#
# ![Max pooling](../../images/max_pooling.png)
#
# **Question.** What is the shape after the convolution *and* the pooling?

# %% [markdown] tags=["lang:fr"]
# ### Pooling
#
# `MaxPooling2D((2, 2))` garde le plus grand de chaque bloc 2×2, carte par carte. Il n'y a rien à y apprendre. Les cartes
# deviennent quatre fois plus petites, et la réponse plus stable : quand le chiffre bouge d'un pixel, la plupart des
# maximums restent.
#
# ![Max pooling](../../images/max_pooling.png)
#
# **Question.** Quelle est la forme après la convolution *et* le pooling ?

# %% question="mnist.pool_shape" tasks=["S2.5"]
### BEGIN SOLUTION
pool_shape = (26 // 2, 26 // 2, 32)
### END SOLUTION

# %% tags=["check"]
lk.check("mnist.pool_shape", pool_shape)

# %% [markdown] tags=["lang:en"]
# ### What one neuron sees
#
# The **receptive field** of a neuron is the part of the image that can change its value. After one 3×3 convolution it
# is 3×3. A pooling makes it a little larger; above all it makes neighbouring neurons look at places twice as far apart,
# so that the *next* convolution reaches twice as far. `r` is the field's width, `j` the distance in pixels between
# neighbours:
#
# ![The receptive field grows](../../images/receptive_field.png)
#
# **Question.** After conv, pool, conv, pool the field is 10 wide. How wide is it after a **third** 3×3 convolution?

# %% [markdown] tags=["lang:fr"]
# ### Ce que voit un neurone
#
# Le **champ récepteur** d'un neurone est la partie de l'image qui peut changer sa valeur. Après une convolution 3×3,
# c'est 3×3. Un pooling l'agrandit un peu ; surtout, il fait que deux neurones voisins regardent des endroits deux fois
# plus éloignés, et la convolution *suivante* porte deux fois plus loin. `r` est la largeur du champ, `j` la distance en
# pixels entre voisins :
#
# ![Le champ récepteur grandit](../../images/receptive_field.png)
#
# **Question.** Après conv, pool, conv, pool le champ est large de 10. Quelle est sa largeur après une **troisième**
# convolution 3×3 ?

# %% question="mnist.receptive_field" tasks=["S2.5"]
### BEGIN SOLUTION
field, distance = 10, 4
receptive_field = field + (3 - 1) * distance
### END SOLUTION

# %% tags=["check"]
lk.check("mnist.receptive_field", receptive_field)

# %% [markdown] tags=["lang:en"]
# **Question (in your own words).** A `Dense` layer could compute anything that a convolution computes. Why is a
# convolution the better choice for images? Three reasons.

# %% [markdown] tags=["lang:fr"]
# **Question (avec vos mots).** Une couche `Dense` pourrait calculer tout ce que calcule une convolution. Pourquoi la
# convolution est-elle le meilleur choix pour des images ? Trois raisons.

# %% [markdown] tags=["answer", "lang:en"] question="mnist.why_convolution" tasks=["S2.5"]
# 1. **Neighbours belong together.** What a pixel means depends on the pixels around it; a small window is where edges,
#    corners and strokes are found. A `Dense` layer does not even know which pixels are neighbours.
# 2. **The same everywhere.** An edge is an edge in every corner of the image, so the same weights serve everywhere: 320
#    of them here, where a `Dense` layer with as many outputs would need 28·28·26·26·32, about 17 million. Fewer weights
#    need fewer images.
# 3. **What moves in the image moves in the map.** A digit that is shifted gives shifted maps, not other ones; the
#    pooling then forgets small shifts.

# %% [markdown] tags=["answer", "lang:fr"] question="mnist.why_convolution" tasks=["S2.5"]
# 1. **Les voisins vont ensemble.** Ce que veut dire un pixel dépend des pixels qui l'entourent ; c'est dans une petite
#    fenêtre que l'on trouve bords, coins et traits. Une couche `Dense` ne sait même pas quels pixels sont voisins.
# 2. **La même chose partout.** Un bord est un bord en tout coin de l'image, donc les mêmes poids servent partout : 320
#    ici, là où une couche `Dense` avec autant de sorties en voudrait 28·28·26·26·32, environ 17 millions. Moins de poids
#    demandent moins d'images.
# 3. **Ce qui bouge dans l'image bouge dans la carte.** Un chiffre décalé donne des cartes décalées, non d'autres cartes ;
#    le pooling oublie ensuite les petits décalages.

# %% [markdown] tags=["lang:en"]
# ## 3. The network, predicted and then built
#
# ### The part that sees
#
# **Question.** Build `features`: a `keras.Sequential` with an `Input` of shape `(28, 28, 1)`, a `Conv2D` of 32 kernels
# 3×3 with ReLU, and a `MaxPooling2D` of 2×2. Then look at its `summary()`.

# %% [markdown] tags=["lang:fr"]
# ## 3. Le réseau, prédit puis construit
#
# ### La partie qui voit
#
# **Question.** Construisez `features` : un `keras.Sequential` avec une `Input` de forme `(28, 28, 1)`, une `Conv2D` de
# 32 noyaux 3×3 avec ReLU, et un `MaxPooling2D` 2×2. Puis regardez son `summary()`.

# %% question="mnist.features" tasks=["S2.4"]
### BEGIN SOLUTION
features = keras.Sequential(
    [
        keras.Input((28, 28, 1)),
        keras.layers.Conv2D(32, (3, 3), activation="relu"),
        keras.layers.MaxPooling2D((2, 2)),
    ]
)
### END SOLUTION

# %% tags=["check"]
lk.check("mnist.features", features)

# %% tasks=["S2.4"]
features.summary()

# %% [markdown] tags=["lang:en"]
# ### The part that decides
#
# `Flatten` lays all the maps out in one long row, without changing or learning anything. Then come 64 neurons with
# ReLU, and 10 outputs, one per digit.
#
# ![The first network](../../images/first_cnn.png)
#
# **Question.** How many numbers come out of `Flatten`? Guess first: `lk.guess` tells you whether you are too high or
# too low, and costs nothing.

# %% [markdown] tags=["lang:fr"]
# ### La partie qui décide
#
# `Flatten` met toutes les cartes en une longue ligne, sans rien changer ni apprendre. Viennent ensuite 64 neurones avec
# ReLU, et 10 sorties, une par chiffre.
#
# ![Le premier réseau](../../images/first_cnn.png)
#
# **Question.** Combien de nombres sortent de `Flatten` ? Devinez d'abord : `lk.guess` vous dit si c'est trop ou trop
# peu, et ne coûte rien.

# %% tags=["check"]
lk.guess("mnist.flatten_size", 10_000)

# %% question="mnist.flatten_size" tasks=["S2.6"]
### BEGIN SOLUTION
flatten_size = 13 * 13 * 32
### END SOLUTION

# %% tags=["check"]
lk.check("mnist.flatten_size", flatten_size)

# %% [markdown] tags=["lang:en"]
# ### Counting weights
#
# A kernel has one weight for each of its pixels *and each map it looks at*, and one bias. A neuron of a `Dense` layer has
# one weight for each input, and one bias.
#
# **Question.** How many parameters does each layer with weights have (the convolution, the `Dense` of 64, the `Dense` of
# 10)? A list of three numbers. And how many does the whole network have?

# %% [markdown] tags=["lang:fr"]
# ### Compter les poids
#
# Un noyau a un poids pour chacun de ses pixels *et chaque carte qu'il regarde*, et un biais. Un neurone d'une couche
# `Dense` a un poids par entrée, et un biais.
#
# **Question.** Combien de paramètres a chaque couche qui en a (la convolution, la `Dense` de 64, la `Dense` de 10) ? Une
# liste de trois nombres. Et combien en a le réseau entier ?

# %% question="mnist.layer_parameters" tasks=["S2.7"]
### BEGIN SOLUTION
layer_parameters = [(3 * 3 * 1 + 1) * 32, (flatten_size + 1) * 64, (64 + 1) * 10]
### END SOLUTION

# %% tags=["check"]
lk.check("mnist.layer_parameters", layer_parameters)

# %% question="mnist.parameters" tasks=["S2.7"]
### BEGIN SOLUTION
parameters = sum(layer_parameters)
### END SOLUTION

# %% tags=["check"]
lk.check("mnist.parameters", parameters)

# %% [markdown] tags=["lang:en"]
# **Question.** Build the whole network as `model`: the two layers from before, `Flatten`, `Dense` of 64 with ReLU, `Dense`
# of 10 **without activation**.

# %% [markdown] tags=["lang:fr"]
# **Question.** Construisez le réseau entier, `model` : les deux couches précédentes, `Flatten`, `Dense` de 64 avec ReLU,
# `Dense` de 10 **sans activation**.

# %% question="mnist.model" tasks=["S2.4"]
### BEGIN SOLUTION
model = keras.Sequential(
    [
        keras.Input((28, 28, 1)),
        keras.layers.Conv2D(32, (3, 3), activation="relu", name="conv"),
        keras.layers.MaxPooling2D((2, 2), name="pool"),
        keras.layers.Flatten(name="flatten"),
        keras.layers.Dense(64, activation="relu", name="hidden"),
        keras.layers.Dense(10, name="logits"),
    ],
    name="first_cnn",
)
### END SOLUTION

# %% tags=["check"]
lk.check("mnist.model", model)

# %% [markdown] tags=["lang:en"]
# Keras's own account, and labkit's with the formulas. Where do nearly all of the weights sit?

# %% [markdown] tags=["lang:fr"]
# Le compte de Keras, et celui de labkit avec les formules. Où se trouvent presque tous les poids ?

# %% tasks=["S2.4", "S2.7"]
model.summary()

# %%
lk.count_parameters(model)

# %% [markdown] tags=["lang:en"]
# ### Why no softmax?
#
# The ten raw outputs are called **logits**. The softmax makes probabilities of them; it keeps their order, so the
# predicted digit is the same with or without it. Computing softmax and logarithm *together*, inside the loss, avoids
# rounding a tiny probability to 0 and taking its logarithm: that is what `from_logits=True` asks for.
#
# ![Logits and probabilities](../../images/logits_softmax.png)
#
# **Question.** The network ends in logits but the loss was written `keras.losses.CategoricalCrossentropy()`, whose
# default is `from_logits=False`. What happens?
#
# - **a** nothing changes, the loss notices by itself
# - **b** Keras stops with an error
# - **c** the logits are taken for probabilities: negative ones are clipped, the gradients are wrong, and the network
#   learns badly or not at all
# - **d** the network learns the same but twice as slowly

# %% [markdown] tags=["lang:fr"]
# ### Pourquoi pas de softmax ?
#
# Les dix sorties brutes s'appellent des **logits**. Le softmax en fait des probabilités ; il garde leur ordre, donc le
# chiffre prédit est le même avec ou sans lui. Calculer softmax et logarithme *ensemble*, dans la perte, évite d'arrondir
# à 0 une probabilité minuscule et d'en prendre le logarithme : c'est ce que demande `from_logits=True`.
#
# ![Logits et probabilités](../../images/logits_softmax.png)
#
# **Question.** Le réseau finit par des logits mais la perte est écrite `keras.losses.CategoricalCrossentropy()`, dont la
# valeur par défaut est `from_logits=False`. Que se passe-t-il ?
#
# - **a** rien ne change, la perte s'en aperçoit toute seule
# - **b** Keras s'arrête avec une erreur
# - **c** les logits sont pris pour des probabilités : les négatifs sont écrêtés, les gradients sont faux, et le réseau
#   apprend mal ou pas du tout
# - **d** le réseau apprend la même chose mais deux fois plus lentement

# %% question="mnist.from_logits" tasks=["S2.4", "S2.8"]
### BEGIN SOLUTION
from_logits = "c"
### END SOLUTION

# %% tags=["check"]
lk.check("mnist.from_logits", from_logits)

# %% [markdown] tags=["lang:en"]
# ## 4. Training
#
# `CategoricalCrossentropy` compares ten probabilities with ten numbers, so each label must become a row with a single 1:
# **one-hot**. (With `SparseCategoricalCrossentropy` the labels could stay integers; the result is the same.)
#
# **Question.** Make `t_train`, `t_val` and `t_test`, the one-hot forms of the labels. `keras.utils.to_categorical` helps.

# %% [markdown] tags=["lang:fr"]
# ## 4. L'entraînement
#
# `CategoricalCrossentropy` compare dix probabilités à dix nombres : chaque label doit donc devenir une ligne avec un
# seul 1, **one-hot**. (Avec `SparseCategoricalCrossentropy` les labels resteraient des entiers ; le résultat est le
# même.)
#
# **Question.** Créez `t_train`, `t_val` et `t_test`, les formes one-hot des labels. `keras.utils.to_categorical` aide.

# %% question="mnist.one_hot" tasks=["S2.8", "S2.T"]
### BEGIN SOLUTION
t_train = keras.utils.to_categorical(y_train, 10)
t_val = keras.utils.to_categorical(y_val, 10)
t_test = keras.utils.to_categorical(y_test, 10)
### END SOLUTION

# %% tags=["check"]
lk.check("mnist.one_hot", t_train)

# %% [markdown] tags=["lang:en"]
# **Question.** Before any training, the network knows nothing and gives about 1/10 to every digit. The cross-entropy is
# minus the natural logarithm of the probability of the right class. About what will the loss be?

# %% [markdown] tags=["lang:fr"]
# **Question.** Avant tout entraînement, le réseau ne sait rien et donne environ 1/10 à chaque chiffre. L'entropie croisée
# est l'opposé du logarithme naturel de la probabilité de la bonne classe. Que vaudra la perte, à peu près ?

# %% question="mnist.first_loss" tasks=["S2.8"]
### BEGIN SOLUTION
first_loss = -np.log(1 / 10)
### END SOLUTION

# %% tags=["check"]
lk.check("mnist.first_loss", first_loss)

# %% [markdown] tags=["lang:en"]
# Remember that number. A network whose loss stays at ln(10) has learnt nothing; one whose loss is above it is worse than
# guessing.
#
# **Question.** Compile `model` (Adam, cross-entropy from logits, metric accuracy) and fit it on the training images for
# `EPOCHS` epochs with batches of 32, with the validation images as `validation_data`. Keep the result in `history`.
# (`verbose=2` writes one line per epoch.)

# %% [markdown] tags=["lang:fr"]
# Retenez ce nombre. Un réseau dont la perte reste à ln(10) n'a rien appris ; si elle est au-dessus, il fait pire que le
# hasard.
#
# **Question.** Compilez `model` (Adam, entropie croisée à partir des logits, métrique accuracy) et entraînez-le sur les
# images d'apprentissage pendant `EPOCHS` époques par lots de 32, avec les images de validation comme `validation_data`.
# Gardez le résultat dans `history`. (`verbose=2` écrit une ligne par époque.)

# %% question="mnist.train" tasks=["S2.8", "S2.T"]
### BEGIN SOLUTION
model.compile(
    optimizer="adam",
    loss=keras.losses.CategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)
history = model.fit(x_train, t_train, epochs=EPOCHS, batch_size=32, validation_data=(x_val, t_val), verbose=2)
### END SOLUTION

# %% tags=["check"]
lk.check("mnist.train", history)

# %% [markdown] tags=["lang:en"]
# The curves say how it went; `lk.diagnose` puts them into words.

# %% [markdown] tags=["lang:fr"]
# Les courbes disent comment cela s'est passé ; `lk.diagnose` le dit en mots.

# %% tasks=["S2.T"]
_ = lk.plots.learning_curves(history)
print(lk.diagnose(history))

# %% [markdown] tags=["lang:en"]
# ### The test, once
#
# The validation images were used to watch and to choose; a model that is chosen for its validation score is a little
# lucky on it. The **test images were never used for anything**: their score is the one to report.
#
# **Question.** Put the accuracy on the test images into `test_accuracy`.

# %% [markdown] tags=["lang:fr"]
# ### Le test, une seule fois
#
# Les images de validation ont servi à surveiller et à choisir ; un modèle choisi pour son score de validation y a eu un
# peu de chance. Les **images de test n'ont servi à rien d'autre** : c'est leur score que l'on publie.
#
# **Question.** Mettez dans `test_accuracy` l'exactitude sur les images de test.

# %% question="mnist.first_accuracy" tasks=["S2.T"]
### BEGIN SOLUTION
test_loss, test_accuracy = model.evaluate(x_test, t_test, verbose=0)
### END SOLUTION

# %% tags=["check"]
lk.check("mnist.first_accuracy", test_accuracy)

# %%
print(f"{test_accuracy:.4f}")

# %% [markdown] tags=["lang:en"]
# ### Which ones are wrong?
#
# **Question.** Compute `predicted`, the predicted digit of each test image (the place of the largest logit), and
# `wrong`, the indices of the images where it differs from `y_test`.

# %% [markdown] tags=["lang:fr"]
# ### Lesquelles sont mal classées ?
#
# **Question.** Calculez `predicted`, le chiffre prédit de chaque image de test (la place du plus grand logit), et
# `wrong`, les indices des images où il diffère de `y_test`.

# %% question="mnist.wrong" tasks=["S2.T"]
### BEGIN SOLUTION
predicted = model.predict(x_test, verbose=0).argmax(axis=1)
wrong = np.flatnonzero(predicted != y_test)
### END SOLUTION

# %% tags=["check"]
lk.check("mnist.wrong", (wrong, y_test, predicted))

# %% [markdown] tags=["lang:en"]
# Look at them, the most confident errors first. Would you have known better every time? And see how sure the network was: one
# that has learnt its images by heart is confident even where it is wrong.

# %% [markdown] tags=["lang:fr"]
# Regardez-les, les erreurs les plus sûres d'elles d'abord. Auriez-vous toujours fait mieux ? Et voyez comme le réseau était
# sûr de lui : celui qui a appris ses images par cœur a confiance même là où il se trompe.

# %% tasks=["S2.T"]
logits = model.predict(x_test, verbose=0)
result = lk.metrics.Evaluation.of(y_test, logits, dataset.class_names, source=dataset.source)
print(len(wrong), "/", len(y_test))
_ = lk.plots.errors(x_test, result, n=15)

# %% [markdown] tags=["lang:en"]
# ### What the 32 kernels have become
#
# Each kernel is nine weights; red is positive, blue negative. Below, what each one makes of the first test image.

# %% [markdown] tags=["lang:fr"]
# ### Ce que sont devenus les 32 noyaux
#
# Chaque noyau est fait de neuf poids : rouge positif, bleu négatif. En dessous, ce que chacun fait de la première image de
# test.

# %%
_ = lk.plots.filters(model.layers[0].get_weights()[0], columns=16)

# %%
seen = keras.Sequential([keras.Input((28, 28, 1)), *model.layers[:1]])
maps = seen.predict(x_test[:1], verbose=0)[0]
_ = lk.plots.feature_maps(maps, columns=8)

# %% [markdown] tags=["lang:en"]
# ## 5. Smaller and deeper
#
# Nearly all of the 347,146 weights sit in one `Dense` layer, behind `Flatten`. More convolutions and poolings before it
# make the maps smaller *and* let the neurons see further.
#
# **Question.** Build `small`: convolutions of **32, 16 and 8** kernels 3×3 with `padding="same"` and ReLU, each followed by
# a 2×2 max pooling, then `Dense` 64 with ReLU and `Dense` 10 (logits). Predict its number of parameters first. (The
# course sheet does not say whether each convolution has its pooling; both readings are accepted, but one of them has
# thirty-six times as many weights.)

# %% [markdown] tags=["lang:fr"]
# ## 5. Plus petit et plus profond
#
# Presque tous les 347 146 poids sont dans une seule couche `Dense`, derrière `Flatten`. Plus de convolutions et de
# poolings avant elle rendent les cartes plus petites *et* font voir les neurones plus loin.
#
# **Question.** Construisez `small` : des convolutions de **32, 16 et 8** noyaux 3×3 avec `padding="same"` et ReLU, chacune
# suivie d'un max pooling 2×2, puis `Dense` 64 avec ReLU et `Dense` 10 (logits). Prédisez d'abord son nombre de
# paramètres. (Le sujet ne dit pas si chaque convolution a son pooling ; les deux lectures sont acceptées, mais l'une a
# trente-six fois plus de poids.)

# %% question="mnist.small_parameters" tasks=["S2.T"]
### BEGIN SOLUTION
convolutions = (9 * 1 + 1) * 32 + (9 * 32 + 1) * 16 + (9 * 16 + 1) * 8
small_parameters = convolutions + (3 * 3 * 8 + 1) * 64 + (64 + 1) * 10
### END SOLUTION

# %% tags=["check"]
lk.check("mnist.small_parameters", small_parameters)

# %% question="mnist.small_model" tasks=["S2.T"]
### BEGIN SOLUTION
small = keras.Sequential([keras.Input((28, 28, 1))], name="small")
for filters in (32, 16, 8):
    small.add(keras.layers.Conv2D(filters, 3, padding="same", activation="relu"))
    small.add(keras.layers.MaxPooling2D(2))
small.add(keras.layers.Flatten())
small.add(keras.layers.Dense(64, activation="relu"))
small.add(keras.layers.Dense(10))
### END SOLUTION

# %% tags=["check"]
lk.check("mnist.small_model", small)

# %% [markdown] tags=["lang:en"]
# From here on `lk.train` does the compiling and fitting: it picks the loss that fits the model and the labels, and
# returns a `Run` that keeps everything worth knowing. `dataset.scaled()` is the data set as you prepared it.

# %% [markdown] tags=["lang:fr"]
# À partir d'ici `lk.train` compile et entraîne : il choisit la perte qui convient au modèle et aux labels, et rend un
# `Run` qui garde tout ce qui vaut d'être su. `dataset.scaled()` est le jeu de données comme vous l'avez préparé.

# %% tasks=["S2.T"]
digits = dataset.scaled()
run_small = lk.train(small, digits, epochs=EPOCHS, batch_size=32)
run_small.record(lk.evaluate(small, digits))

# %%
print(f"first {model.count_params():9,} {test_accuracy:.4f}")
print(f"small {small.count_params():9,} {run_small.test['accuracy']:.4f}")
_ = lk.plots.history({"first": history, "small": run_small}, "loss")

# %% [markdown] tags=["lang:en"]
# **Question (in your own words).** Compare the two networks: their weights, their test accuracies, and the distance
# between their training and validation curves. What do you conclude?

# %% [markdown] tags=["lang:fr"]
# **Question (avec vos mots).** Comparez les deux réseaux : leurs poids, leurs exactitudes de test, et l'écart entre leurs
# courbes d'apprentissage et de validation. Qu'en concluez-vous ?

# %% [markdown] tags=["answer", "lang:en"] question="mnist.smaller" tasks=["S2.T"]
# The small network has thirty times fewer weights and is the better one: in the stored run (the real MNIST, seed 0) 0.9884
# against 0.9809 of the test images. The first one's training loss falls to 0.005 while its validation loss rises from epoch 3
# on; the small one's two losses stay close together (0.027 and 0.040).
#
# The weights of the first one sit almost all in one `Dense` layer that sees the whole image at once, enough of them to learn
# single images by heart. Three convolutions with poolings see 22×22 pixels in the end, with few weights: what they say about
# an image must be put together from small parts, and that is what digits are made of.

# %% [markdown] tags=["answer", "lang:fr"] question="mnist.smaller" tasks=["S2.T"]
# Le petit réseau a trente fois moins de poids et c'est le meilleur : dans l'exécution conservée (le vrai MNIST, graine 0)
# 0,9884 contre 0,9809 des images de test. La perte d'apprentissage du premier descend à 0,005 tandis que sa perte de
# validation monte dès l'époque 3 ; les deux pertes du petit restent proches (0,027 et 0,040).
#
# Les poids du premier sont presque tous dans une seule couche `Dense` qui voit toute l'image d'un coup, assez nombreux pour
# apprendre des images par cœur. Trois convolutions avec poolings voient à la fin 22×22 pixels avec peu de poids : ce
# qu'elles disent d'une image doit être composé de petites parties, et c'est de cela que sont faits les chiffres.

# %% [markdown] tags=["lang:en"]
# ### Smaller steps at the end
#
# Adam's usual step (learning rate 0.001) is good for getting somewhere quickly, but near the goal it is so large that the
# network jumps about around it: look at how restless the validation curves are. So the last epochs are taken with steps
# ten times smaller. Training can simply go on: the model keeps its weights.

# %% [markdown] tags=["lang:fr"]
# ### De plus petits pas pour finir
#
# Le pas habituel d'Adam (taux d'apprentissage 0,001) mène vite quelque part, mais près du but il est si grand que le réseau
# saute tout autour : voyez comme les courbes de validation sont agitées. On fait donc les dernières époques avec des pas
# dix fois plus petits. L'entraînement peut simplement continuer : le modèle garde ses poids.

# %% tasks=["S2.T"]
run_last = lk.train(small, digits, epochs=2, batch_size=32, learning_rate=1e-4)
run_last.record(lk.evaluate(small, digits))

# %% tags=["check"]
lk.check("mnist.accuracy", run_last)

# %%
print(f"{run_small.test['accuracy']:.4f} → {run_last.test['accuracy']:.4f}")

# %% [markdown] tags=["lang:en"]
# ## 6. Colour photographs: CIFAR-10
#
# MNIST is easy: one stroke, centred, on black. CIFAR-10 has 32×32 colour photographs of ten kinds of things, from all
# sides, against all backgrounds. (To keep the lab short you train on part of the images: see `CIFAR_IMAGES`.)

# %% [markdown] tags=["lang:fr"]
# ## 6. Des photographies en couleur : CIFAR-10
#
# MNIST est facile : un trait, centré, sur fond noir. CIFAR-10 contient des photographies en couleur 32×32 de dix sortes de
# choses, vues de tous côtés, sur tous les fonds. (Pour que le TP reste court, vous apprenez sur une partie des images :
# voyez `CIFAR_IMAGES`.)

# %% tasks=["S2.T"]
photos = lk.data.load("cifar10", validation=0.2).subset(CIFAR_IMAGES, n_val=2_000)
_ = lk.plots.images(photos, rows=3, columns=8)

# %% [markdown] tags=["lang:en"]
# **Question.** Build `cifar_model`: convolutions of **256, 128, 64 and 32** kernels 3×3, 'same', ReLU, a 2×2 max pooling
# after each, then `Dense` 64 with ReLU and `Dense` 10 (logits). The loop of section 5 will do, with another input.

# %% [markdown] tags=["lang:fr"]
# **Question.** Construisez `cifar_model` : des convolutions de **256, 128, 64 et 32** noyaux 3×3, 'same', ReLU, un max
# pooling 2×2 après chacune, puis `Dense` 64 avec ReLU et `Dense` 10 (logits). La boucle de la section 5 convient, avec
# une autre entrée.

# %% question="mnist.cifar_model" tasks=["S2.T"]
### BEGIN SOLUTION
cifar_model = keras.Sequential([keras.Input((32, 32, 3))], name="plain")
for filters in (256, 128, 64, 32):
    cifar_model.add(keras.layers.Conv2D(filters, 3, padding="same", activation="relu"))
    cifar_model.add(keras.layers.MaxPooling2D(2))
cifar_model.add(keras.layers.Flatten())
cifar_model.add(keras.layers.Dense(64, activation="relu"))
cifar_model.add(keras.layers.Dense(10))
### END SOLUTION

# %% tags=["check"]
lk.check("mnist.cifar_model", cifar_model)

# %% [markdown] tags=["lang:en"]
# **Question.** With `padding="valid"` instead, this network cannot exist. Follow the size of the maps: 32, then a
# convolution, then a pooling, ... Which convolution (1 to 4) no longer fits into its map?

# %% [markdown] tags=["lang:fr"]
# **Question.** Avec `padding="valid"`, ce réseau ne peut pas exister. Suivez la taille des cartes : 32, puis une
# convolution, puis un pooling, ... Quelle convolution (1 à 4) n'entre plus dans sa carte ?

# %% question="mnist.valid_stack" tasks=["S2.T"]
### BEGIN SOLUTION
impossible = 4  # 32 > 30 > 15 > 13 > 6 > 4 > 2, and a 3x3 kernel does not fit into 2x2
### END SOLUTION

# %% tags=["check"]
lk.check("mnist.valid_stack", impossible)

# %% [markdown] tags=["lang:en"]
# labkit says so, too, before Keras gets confused:

# %% [markdown] tags=["lang:fr"]
# labkit le dit aussi, avant que Keras ne s'y perde :

# %%
try:
    lk.models.cnn((256, 128, 64, 32), image_shape=(32, 32, 3), padding="valid")
except ValueError as error:
    print(error)

# %% [markdown] tags=["lang:en"]
# Train it (Adam, batches of 32). This is the longest cell of the lab.

# %% [markdown] tags=["lang:fr"]
# Entraînez-le (Adam, lots de 32). C'est la cellule la plus longue du TP.

# %% tasks=["S2.T"]
photos = photos.scaled()
run_plain = lk.train(cifar_model, photos, epochs=CIFAR_EPOCHS, batch_size=32)
_ = lk.plots.learning_curves(run_plain)

# %%
print(lk.diagnose(run_plain))

# %% [markdown] tags=["lang:en"]
# ### Over-fitting
#
# ![1 over-fitting, 2 under-fitting, 3 a good fit (schematic)](../../images/over_fitting.png)
#
# **Question (in your own words).** Which of the three pictures do your curves look like? From which epoch on? What does
# the network learn from then on, and which of the two curves tells you?

# %% [markdown] tags=["lang:fr"]
# ### Le sur-apprentissage
#
# ![1 sur-apprentissage, 2 sous-apprentissage, 3 bon ajustement (schéma)](../../images/over_fitting.png)
#
# **Question (avec vos mots).** Auquel des trois dessins ressemblent vos courbes ? À partir de quelle époque ? Qu'apprend
# alors le réseau, et laquelle des deux courbes vous le dit ?

# %% [markdown] tags=["answer", "lang:en"] question="mnist.over_fitting" tasks=["S2.T"]
# Picture 1, from the epoch that the diagnosis names (6 in the stored run, on 10,000 photographs). Training loss goes on falling while validation loss turns and
# rises: the network learns the training images by heart (noise, backgrounds, single photographs) instead of what their
# classes have in common. Only the **validation** curve shows it; the training curve alone looks better and better. With
# few images and 403,370 weights this comes early.

# %% [markdown] tags=["answer", "lang:fr"] question="mnist.over_fitting" tasks=["S2.T"]
# Le dessin 1, à partir de l'époque que nomme le diagnostic (6 dans l'exécution conservée, sur 10 000 photographies). La perte d'apprentissage descend toujours tandis que celle de
# validation se retourne et monte : le réseau apprend par cœur les images d'apprentissage (bruit, fonds, photographies
# particulières) au lieu de ce que leurs classes ont en commun. Seule la courbe de **validation** le montre ; celle
# d'apprentissage seule paraît toujours meilleure. Avec peu d'images et 403 370 poids, cela vient tôt.

# %% [markdown] tags=["lang:en"]
# ### Dropout
#
# `Dropout(0.25)` sets about a quarter of its inputs to 0, different ones at every step, and only during training. No neuron can
# rely on one particular other neuron, so the network has to learn things that hold more generally.
#
# **Question.** How many parameters does a dropout layer add?

# %% [markdown] tags=["lang:fr"]
# ### Le dropout
#
# `Dropout(0.25)` met à 0 environ un quart de ses entrées, d'autres à chaque pas, et seulement pendant l'entraînement. Aucun
# neurone ne peut compter sur un autre neurone particulier : le réseau doit apprendre des choses plus générales.
#
# **Question.** Combien de paramètres une couche de dropout ajoute-t-elle ?

# %% question="mnist.dropout_parameters" tasks=["S2.T"]
### BEGIN SOLUTION
dropout_parameters = 0
### END SOLUTION

# %% tags=["check"]
lk.check("mnist.dropout_parameters", dropout_parameters)

# %% [markdown] tags=["lang:en"]
# **Question.** Build `dropout_model`: the same network with `Dropout(0.25)` after each pooling. It is trained like the
# first one, and the curves are drawn side by side.

# %% [markdown] tags=["lang:fr"]
# **Question.** Construisez `dropout_model` : le même réseau avec `Dropout(0.25)` après chaque pooling. Il est entraîné
# comme le premier, et les courbes sont dessinées côte à côte.

# %% question="mnist.dropout_model" tasks=["S2.T"]
### BEGIN SOLUTION
dropout_model = keras.Sequential([keras.Input((32, 32, 3))], name="dropout")
for filters in (256, 128, 64, 32):
    dropout_model.add(keras.layers.Conv2D(filters, 3, padding="same", activation="relu"))
    dropout_model.add(keras.layers.MaxPooling2D(2))
    dropout_model.add(keras.layers.Dropout(0.25))
dropout_model.add(keras.layers.Flatten())
dropout_model.add(keras.layers.Dense(64, activation="relu"))
dropout_model.add(keras.layers.Dense(10))
### END SOLUTION

# %% tags=["check"]
lk.check("mnist.dropout_model", dropout_model)

# %% tasks=["S2.T"]
run_dropout = lk.train(dropout_model, photos, epochs=DROPOUT_EPOCHS, batch_size=32)
_ = lk.plots.learning_curves([run_plain, run_dropout])

# %%
print("plain  :", lk.diagnose(run_plain))
print("dropout:", lk.diagnose(run_dropout))

# %% [markdown] tags=["lang:en"]
# Both networks on the test images. Note that the dropout network's *training* accuracy is measured with neurons
# switched off and its validation accuracy with all of them: that is why validation can be the better of the two.

# %% [markdown] tags=["lang:fr"]
# Les deux réseaux sur les images de test. Remarquez que l'exactitude d'*apprentissage* du réseau avec dropout est mesurée
# avec des neurones éteints, celle de validation avec tous : c'est pourquoi la validation peut être la meilleure.

# %% tasks=["S2.T"]
plain = lk.evaluate(cifar_model, photos)
dropout = lk.evaluate(dropout_model, photos)
print("plain  ", plain)
print("dropout", dropout)

# %% [markdown] tags=["lang:en"]
# In our own run (10,000 training photographs, from a JPEG-compressed copy of CIFAR-10; seed 0) the plain network ends at
# 0.539 of the test images, over-fitted, and the one with dropout at 0.615, still learning: it is slower, and it goes further.
# From here on, the better of the two.

# %% [markdown] tags=["lang:fr"]
# Dans notre propre exécution (10 000 photographies d'apprentissage, d'une copie de CIFAR-10 compressée en JPEG ; graine 0) le
# réseau simple finit à 0,539 des images de test, en sur-apprentissage, et celui avec dropout à 0,615, apprenant encore : il
# est plus lent, et il va plus loin. À partir d'ici, le meilleur des deux.

# %%
result = max(plain, dropout, key=lambda evaluation: evaluation.accuracy)

# %% tags=["check"]
lk.check("mnist.cifar_accuracy", result)

# %% [markdown] tags=["lang:en"]
# ### Where it goes wrong
#
# The first ten errors of each class, with the wrong answer under each:

# %% [markdown] tags=["lang:fr"]
# ### Où il se trompe
#
# Les dix premières erreurs de chaque classe, avec la mauvaise réponse sous chacune :

# %% tasks=["S2.T"]
_ = lk.plots.errors_per_class(photos.x_test, result)

# %% [markdown] tags=["lang:en"]
# And all of them counted. Rows are the true classes, columns the predicted ones: the diagonal is right, everything else
# is wrong.

# %% [markdown] tags=["lang:fr"]
# Et toutes comptées. Les lignes sont les classes vraies, les colonnes les classes prédites : la diagonale est juste, tout
# le reste est faux.

# %% tasks=["S2.T"]
_ = lk.plots.confusion_matrix(result)

# %% [markdown] tags=["lang:en"]
# **Question.** `result.confusion()` is the matrix as a table. Compute `class_accuracy`: for each class (row), the share
# of its images that were classified rightly.

# %% [markdown] tags=["lang:fr"]
# **Question.** `result.confusion()` est la matrice sous forme de table. Calculez `class_accuracy` : pour chaque classe
# (ligne), la part de ses images qui ont été bien classées.

# %% question="mnist.class_accuracy" tasks=["S2.T"]
### BEGIN SOLUTION
matrix = result.confusion().to_numpy()
class_accuracy = matrix.diagonal() / matrix.sum(axis=1)
### END SOLUTION

# %% tags=["check"]
lk.check("mnist.class_accuracy", (class_accuracy, result))

# %%
result.per_class().round(3)

# %%
result.most_confused(5).round(3)

# %% [markdown] tags=["lang:en"]
# **Question (in your own words).** Which classes are the hardest? What are they mistaken for, and why these?

# %% [markdown] tags=["lang:fr"]
# **Question (avec vos mots).** Quelles classes sont les plus difficiles ? Avec lesquelles les confond-on, et pourquoi
# celles-là ?

# %% [markdown] tags=["answer", "lang:en"] question="mnist.hardest" tasks=["S2.T"]
# The top rows of the table. In the stored run they are animals, the cat (0.39) and the dog (0.47) before all, and a quarter of
# the dogs were called cats. Cats, dogs, deer and birds share fur
# or feathers, legs, grass and sofas, and differ in small parts (ears, muzzles) that 32×32 pixels hardly show. Ships
# and cars have outlines and backgrounds of their own and are easier.

# %% [markdown] tags=["answer", "lang:fr"] question="mnist.hardest" tasks=["S2.T"]
# Les premières lignes de la table. Dans l'exécution conservée ce sont des animaux, le chat (0,39) et le chien (0,47) avant
# tous, et un quart des chiens ont été appelés chats. Chats, chiens, biches
# et oiseaux partagent poils ou plumes, pattes, herbe et canapés, et diffèrent par de petites parties (oreilles, museaux)
# que 32×32 pixels montrent à peine. Bateaux et voitures ont des contours et des fonds à eux et sont plus faciles.

# %% [markdown] tags=["lang:en"]
# ## What to take home
#
# - A convolution is a small set of weights used everywhere; its output is as many maps as there are kernels.
# - 'valid' loses the border, 'same' keeps the size; a pooling halves it. Too many of them and nothing is left.
# - Weights of a convolution: (height · width · input maps + 1) · kernels. Most weights sit in the first `Dense` layer.
# - A loss at ln(number of classes) means that nothing has been learnt.
# - Logits go with `from_logits=True`.
# - Watch the validation curves, report the test score, and use the test images once.
# - Dropout costs no parameters and delays over-fitting.
#
# ### Going further
#
# 1. Train `small` with kernels of 5×5: more weights, but does it see more? Compute the receptive field first.
# 2. Leave out the scaling to 0..1 and train the first network again. What becomes of the first epochs?
# 3. Shuffle the pixels of every image with one fixed permutation and train a `Dense` network and a CNN. Which of the two
#    does not mind, and why?
# 4. Run the lab in the `full` profile on a GPU: `LABKIT_PROFILE=full` before starting, or `lk.setup(profile="full")`.

# %% [markdown] tags=["lang:fr"]
# ## À retenir
#
# - Une convolution, c'est un petit jeu de poids employé partout ; sa sortie a autant de cartes qu'il y a de noyaux.
# - 'valid' perd le bord, 'same' garde la taille ; un pooling la divise par deux. Trop de poolings, et il ne reste rien.
# - Poids d'une convolution : (hauteur · largeur · cartes d'entrée + 1) · noyaux. La plupart des poids sont dans la première
#   couche `Dense`.
# - Une perte à ln(nombre de classes) veut dire que rien n'a été appris.
# - Des logits en sortie demandent `from_logits=True`.
# - Surveillez les courbes de validation, publiez le score de test, et n'employez les images de test qu'une fois.
# - Le dropout ne coûte aucun paramètre et retarde le sur-apprentissage.
#
# ### Pour aller plus loin
#
# 1. Entraînez `small` avec des noyaux 5×5 : plus de poids, mais voit-il davantage ? Calculez d'abord le champ récepteur.
# 2. Omettez la mise à l'échelle 0..1 et entraînez à nouveau le premier réseau. Que deviennent les premières époques ?
# 3. Mélangez les pixels de toutes les images par une même permutation et entraînez un réseau `Dense` et un CNN. Lequel des
#    deux n'en souffre pas, et pourquoi ?
# 4. Lancez le TP dans le profil `full` sur un GPU : `LABKIT_PROFILE=full` avant de démarrer, ou
#    `lk.setup(profile="full")`.

# %% [markdown] tags=["lang:en"]
# Done? On Colab, give the GPU back, so that your quota is there next week. Save your files first.

# %% [markdown] tags=["lang:fr"]
# Terminé ? Sur Colab, rendez le GPU, pour que votre quota soit là la semaine prochaine. Enregistrez d'abord vos fichiers.

# %% tags=["live"]
lk.release_gpu()
