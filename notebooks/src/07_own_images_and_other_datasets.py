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
#       en: "Outside the data set: your own images, and other data sets"
#       fr: "Hors du jeu de données : vos propres images, et d'autres jeux de données"
#     minutes: 240
#     gpu: true
#     extras: [explain]
#     needs:
#       en: "lab 3 and lab 6"
#       fr: "les TP 3 et 6"
# ---

# %% [markdown] tags=["lang:en"]
# A network that names three of four photographs of the test set has shown one thing: that it can name photographs *of
# that data set*. This is the end of the CIFAR-10 project, and its question is: what holds outside? In this lab you will
#
# 1. say what CIFAR-10 consists of, and make images for it from pictures of any size,
# 2. let the network of lab 3 answer, and say how sure forty pictures can make you,
# 3. measure how far your pictures are from all that the network has seen,
# 4. try two remedies, each beside a control,
# 5. do the same for Fashion-MNIST, with six pictures and a surprise,
# 6. train three networks on five data sets: one table,
# 7. compare what their layers have specialised in,
# 8. hand in.

# %% [markdown] tags=["lang:fr"]
# Un réseau qui nomme trois photographies du test sur quatre n'a montré qu'une chose : il sait nommer des photographies
# *de ce jeu de données*. Nous voici à la fin du projet CIFAR-10, et la question est : que vaut-il au-dehors ? Dans ce
# TP, vous allez
#
# 1. dire de quoi CIFAR-10 est fait, et lui fabriquer des images à partir d'images de toutes tailles,
# 2. faire répondre le réseau du TP 3, et dire ce que quarante images permettent d'affirmer,
# 3. mesurer à quelle distance vos images se trouvent de tout ce que le réseau a vu,
# 4. essayer deux remèdes, chacun à côté d'un témoin,
# 5. faire de même pour Fashion-MNIST, avec six images et une surprise,
# 6. entraîner trois réseaux sur cinq jeux de données : une seule table,
# 7. comparer ce en quoi leurs couches se sont spécialisées,
# 8. rendre votre travail.

# %% tags=["setup"] tasks=["S3.8", "S3.9"]
import labkit as lk

lk.setup(language="en")

from dataclasses import replace
from pathlib import Path

import keras
import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pandas as pd
import seaborn as sns
from sklearn.datasets import load_digits
from sklearn.metrics import roc_auc_score
from sklearn.neighbors import NearestNeighbors

# %%
PHOTOS = lk.by_profile(smoke=400, course=40_000, full=40_000)
EPOCHS = lk.by_profile(smoke=1, course=12, full=40)
SOME = lk.by_profile(smoke=400, course=20_000, full=40_000)
MORE_EPOCHS = lk.by_profile(smoke=1, course=5, full=10)
REPEAT = lk.by_profile(smoke=2, course=100, full=200)
CLOTHES_EPOCHS = lk.by_profile(smoke=1, course=10, full=20)
STEPS = lk.by_profile(smoke=4, course=1900, full=6000)
PROBED = lk.by_profile(smoke=100, course=2000, full=5000)
K = lk.by_profile(smoke=2, course=10, full=10)

# %%
ledger = lk.experiments.Ledger("other.jsonl")

# %% [markdown] tags=["lang:en"]
# ## 1. What CIFAR-10 consists of
#
# "What is the original size of CIFAR-10?" asks the sheet (S3.9). The question has three readings, and the table answers
# two of them:

# %% [markdown] tags=["lang:fr"]
# ## 1. De quoi CIFAR-10 est fait
#
# « Quelle est la taille d'origine du dataset CIFAR10 ? », demande le sujet (S3.9). La question peut se lire de trois
# façons, et la table répond à deux d'entre elles :

# %% tasks=["S3.9"]
photos = lk.data.load("cifar10", validation=0.2)
photos.describe()

# %% [markdown] tags=["lang:en"]
# Here the 50,000 training images are split into training and validation (in the profile `smoke` the table shows
# labkit's offline sample, which is smaller). The third reading: the *photographs*. Krizhevsky, Nair and Hinton took
# them from the "80 million tiny images", which had been collected with search engines by the words of a dictionary and
# shrunk to 32×32 at once. How large each photograph was before does not stand in the data set.
#
# **Question.** How many images has the published CIFAR-10: in all, for training, for the test, and of each class? A
# list of four numbers.

# %% [markdown] tags=["lang:fr"]
# Ici, les 50 000 images d'apprentissage sont partagées entre apprentissage et validation (avec le profil `smoke`, la
# table montre l'échantillon hors ligne de labkit, qui est plus petit). La troisième façon : les *photographies*.
# Krizhevsky, Nair et Hinton les ont prises dans les « 80 million tiny images », que l'on avait réunies avec des moteurs
# de recherche, d'après les mots d'un dictionnaire, et aussitôt réduites à 32×32. La taille qu'avait chaque photographie
# auparavant ne figure pas dans le jeu de données.
#
# **Question.** Combien d'images CIFAR-10 a-t-il, tel qu'il a été publié : en tout, pour l'apprentissage, pour le test,
# et par classe ? Une liste de quatre nombres.

# %% question="own.counts" tasks=["S3.9"]
### BEGIN SOLUTION
counts = [60_000, 50_000, 10_000, 6_000]
### END SOLUTION

# %% tags=["check"]
lk.check("own.counts", counts)

# %% [markdown] tags=["lang:en"]
# **Question.** How many bytes do all of them take in memory as they come, uint8, without labels?

# %% [markdown] tags=["lang:fr"]
# **Question.** Combien d'octets prennent-elles toutes ensemble en mémoire, telles qu'elles viennent, en uint8, sans les
# labels ?

# %% question="own.bytes" tasks=["S3.9"]
### BEGIN SOLUTION
size = 60_000 * 32 * 32 * 3
### END SOLUTION

# %% tags=["check"]
lk.check("own.bytes", size)

# %% [markdown] tags=["lang:en"]
# ## 2. From a picture to an image
#
# Forty pictures, four of each class, are in the course's folder `data/own_images/cifar10`. We drew them ourselves, with
# a program that lies beside them: flat, softly shaded, in ink, chalk or crayon, on several grounds. Later you will use
# yours.

# %% [markdown] tags=["lang:fr"]
# ## 2. De l'image de départ à l'image de 32×32
#
# Quarante images, quatre par classe, se trouvent dans le dossier `data/own_images/cifar10` du cours. Nous les avons
# dessinées nous-mêmes, avec un programme qui se trouve à côté d'elles : en aplats, en dégradés, à l'encre, à la craie
# ou au crayon de cire, sur plusieurs fonds. Plus loin, vous prendrez les vôtres.

# %% tasks=["S3.9"]
photos = photos.scaled().subset(PHOTOS)
own = lk.data.own_images("cifar10", like=photos)
own.report

# %% [markdown] tags=["lang:en"]
# What has been done to each of them is kept. Start, end and everything between, of a picture that was cropped by hand
# (most others are cropped in the middle):

# %% [markdown] tags=["lang:fr"]
# Tout ce que chacune a subi est conservé. Voici le début, la fin et toutes les étapes entre les deux, pour une image
# recadrée à la main (la plupart des autres le sont au milieu) :

# %% tasks=["S3.9"]
by_hand = next(image for image in own.images if any(step.name == "crop by hand" for step in image.steps))
_ = lk.plots.steps(by_hand)

# %% tasks=["S3.9"]
own.table().loc[::8, ["file", "width", "height", "recipe", "licence"]]

# %% [markdown] tags=["lang:en"]
# **Resizing** is the step where most goes wrong. To make 32 pixels of 256, one can take every eighth pixel, or the mean
# of each square of 8×8. Write the second:
#
# **Question.** `averaged(image, factor)`: the mean over each square of `factor × factor` pixels. `image` has the shape
# (height, width, channels), height and width are multiples of `factor`; so (256, 256, 3) and 8 give (32, 32, 3).

# %% [markdown] tags=["lang:fr"]
# Le **changement de taille** est l'étape où l'on se trompe le plus. Pour faire 32 pixels de 256, on peut prendre un
# pixel sur huit, ou la moyenne de chaque carré de 8×8. Écrivez la seconde solution :
#
# **Question.** `averaged(image, factor)` : la moyenne sur chaque carré de `factor × factor` pixels. `image` est de
# forme (height, width, channels), sa hauteur et sa largeur sont des multiples de `factor` ; (256, 256, 3) et 8 donnent
# donc (32, 32, 3).


# %% question="own.averaged" tasks=["S3.9"]
def averaged(image, factor):
    ### BEGIN SOLUTION
    height, width, channels = image.shape
    blocks = image.reshape(height // factor, factor, width // factor, factor, channels)
    return blocks.mean(axis=(1, 3))
    ### END SOLUTION


# %% tags=["check"]
lk.check("own.averaged", averaged)

# %% tasks=["S3.9"]
stripes = np.indices((256, 256)).sum(axis=0)[..., None] // 5 % 2 * np.ones(3)
image = by_hand.original[:256, :256] / 255
pairs = [stripes, stripes[::8, ::8], averaged(stripes, 8), image, image[::8, ::8], averaged(image, 8)]
pairs = [np.kron(one, np.ones((256 // len(one), 256 // len(one), 1))) for one in pairs]
names = [
    "stripes, 256 × 256",
    "every 8th pixel",
    "mean of 8 × 8",
    "drawing, 256 × 256",
    "every 8th pixel",
    "mean of 8 × 8",
]
_ = lk.plots.images(np.array(pairs), captions=names, rows=2, columns=3, source="own images")

# %% [markdown] tags=["lang:en"]
# Every eighth pixel makes broad stripes of narrow ones, which are not in the picture: **aliasing**. The mean makes grey
# of what is too fine to be seen, as an eye does from afar. `own_images` uses a smooth filter with the same effect
# (Pillow's, with antialiasing).
#
# ## 3. What the network answers
#
# The network of lab 3 again: three pairs of convolutions with batch normalisation and dropout, trained on mirrored
# photographs too.

# %% [markdown] tags=["lang:fr"]
# Un pixel sur huit, et des rayures étroites deviennent de larges rayures, qui ne sont pas dans l'image : c'est le
# **repliement** (aliasing). La moyenne rend gris ce qui est trop fin pour être vu, comme le fait un œil qui regarde de
# loin. `own_images` se sert d'un filtre lisse qui a le même effet (celui de Pillow, avec anticrénelage).
#
# ## 3. Ce que le réseau répond
#
# De nouveau le réseau du TP 3 : trois paires de convolutions avec normalisation par lots et dropout, entraîné aussi sur
# des photographies en miroir.

# %% tasks=["S3.9"]
flip = keras.layers.RandomFlip("horizontal")
net = lk.models.deep_cnn(blocks=3, padding="same", batch_norm=True, pool_dropout=0.25)
run = lk.train(net, photos, epochs=EPOCHS, batch_size=128, augment=flip, name="lab 3's net", ledger=ledger)

# %% tasks=["S3.9"]
on_test, on_own = lk.evaluate(net, photos), lk.evaluate(net, own.dataset)
pd.Series(
    {"test": on_test.accuracy, "own images": on_own.accuracy, "own, among the first three": on_own.top(3)}
).round(3)

# %% [markdown] tags=["lang:en"]
# The contact sheet: each original with the part that is used, the image of 32×32 beside it, what was done, and the
# answer with its probability.

# %% [markdown] tags=["lang:fr"]
# La planche-contact : chaque image de départ avec la partie qui en est gardée, à côté l'image de 32×32, ce qui a été
# fait, et la réponse avec sa probabilité.

# %% tasks=["S3.9"]
_ = lk.plots.desk(own, on_own, columns=5, size=1.15)

# %% [markdown] tags=["lang:en"]
# In the stored run the network names 23 of the 40 rightly, all aeroplanes, ships and lorries, and none of the cats; for
# 32 the right class is among its first three. Where it is wrong it is often sure: the gull is an aeroplane with 99 %, a
# frog a bird with 96 %.
#
# Before we explain the difference: is it one? Forty pictures are few. If each is named rightly with probability $p$,
# independently of the others, the share of right ones has the standard error $\sqrt{p (1 - p) / n}$.
#
# **Question.** `standard_error(right, n)`: that of the accuracy, with $p$ = right / n.

# %% [markdown] tags=["lang:fr"]
# Dans l'exécution conservée, le réseau nomme juste 23 images sur 40 : tous les avions, bateaux et camions, aucun des
# chats ; pour 32 d'entre elles, la bonne classe est parmi ses trois premières. Là où il se trompe, il est souvent sûr
# de lui : la mouette est un avion à 99 %, une grenouille un oiseau à 96 %.
#
# Avant d'expliquer la différence : en est-ce une ? Quarante images, c'est peu. Si chacune est bien nommée avec la
# probabilité $p$, indépendamment des autres, la part des bonnes réponses a l'erreur type $\sqrt{p (1 - p) / n}$.
#
# **Question.** `standard_error(right, n)` : celle de l'exactitude, avec $p$ = right / n.


# %% question="own.error" tasks=["S3.9"]
def standard_error(right, n):
    ### BEGIN SOLUTION
    p = right / n
    return (p * (1 - p) / n) ** 0.5
    ### END SOLUTION


# %% tags=["check"]
lk.check("own.error", standard_error)

# %% tasks=["S3.9"]
rows = {"test": on_test, "own images": on_own}
rows = {
    name: [len(r.y_true), r.accuracy, standard_error(r.accuracy * len(r.y_true), len(r.y_true))]
    for name, r in rows.items()
}
pd.DataFrame.from_dict(rows, orient="index", columns=["images", "accuracy", "standard error"]).round(3)

# %% [markdown] tags=["lang:en"]
# In the stored run 0.575 ± 0.078: the accuracy on the test, 0.753, lies 2.3 standard errors higher. That is hardly
# chance. But how large the difference is, forty pictures do not tell: with two standard errors in each direction,
# anything from 0.42 to 0.73.
#
# And by class? There are four pictures of each: of 2 right out of 4 nothing follows, but of 0 out of 4 something does.

# %% [markdown] tags=["lang:fr"]
# Dans l'exécution conservée : 0,575 ± 0,078. L'exactitude sur le test, 0,753, est 2,3 erreurs types plus haut : ce
# n'est guère un hasard. Mais la grandeur de l'écart, quarante images ne la disent pas : avec deux erreurs types de
# chaque côté, tout est possible de 0,42 à 0,73.
#
# Et par classe ? Il y a quatre images de chacune : de 2 bonnes réponses sur 4, on ne peut rien conclure, mais de 0 sur
# 4, si.

# %% tasks=["S3.9"]
by_class = pd.DataFrame(
    {name: r.per_class()["accuracy"] for name, r in {"test": on_test, "own images": on_own}.items()}
)
by_class.sort_values("own images").round(2)

# %% [markdown] tags=["lang:en"]
# **Question.** A network names a class rightly in 60 % of the test's photographs. How probable is it that it misses all
# four of four *such* photographs (independent ones, from the same source)? As a number between 0 and 1.

# %% [markdown] tags=["lang:fr"]
# **Question.** Un réseau nomme bien une classe dans 60 % des photographies du test. Quelle est la probabilité qu'il se
# trompe sur chacune de quatre photographies *de ce genre* (indépendantes, de la même source) ? Donnez un nombre entre 0
# et 1.

# %% question="own.missed" tasks=["S3.9"]
### BEGIN SOLUTION
all_missed = 0.4**4
### END SOLUTION

# %% tags=["check"]
lk.check("own.missed", all_missed)

# %% [markdown] tags=["lang:en"]
# Where did it look? Grad-CAM++ (lab 6) for the answers that it was surest of and that are wrong, each explained as what
# it is and as what the network took it for:

# %% [markdown] tags=["lang:fr"]
# Où a-t-il regardé ? Voici Grad-CAM++ (TP 6) pour les réponses fausses dont il était le plus sûr. Chaque image est
# expliquée deux fois : en tant que ce qu'elle est, et en tant que ce pour quoi le réseau l'a prise :

# %% tasks=["S3.9", "S3.6"]
wrong = on_own.errors()[:6]
as_said = lk.explain.explain(net, own.x[wrong], on_own.y_pred[wrong], "gradcam++")
as_it_is = lk.explain.explain(net, own.x[wrong], own.y[wrong], "gradcam++")
captions = [f"{own.images[i].class_name}: {photos.class_names[on_own.y_pred[i]]}" for i in wrong]
_ = lk.plots.compare_explanations(
    {"as what it was taken for": as_said, "as what it is": as_it_is},
    own.x[wrong],
    captions=captions,
    source="own images",
)

# %% [markdown] tags=["lang:en"]
# (In the stored run none of the four cats is right, of which 54 % are on the test: that would happen with a probability
# of 0.045. But there are ten classes to look at, and that *some* class has none right happens about one time in ten.)
#
# The maps do not say why. For the gull nearly the whole picture speaks for "airplane", the strongest cell is the sky
# beside its wing; for the leaping deer it is the ground below the body. Lab 6 has shown that Grad-CAM++ distinguishes
# the classes less well than Grad-CAM or occlusion do on this network. We need another tool.
#
# ## 4. How far away are they?
#
# The usual promise of machine learning is: training and test images come **from the same distribution**, so that what
# holds for the one holds for the other. Nobody has promised anything for drawings. That the new images come from
# another distribution is called **domain shift**. It can be measured, without any labels: take what a layer of the
# network makes of the training images, its **features**; and for each new image the distance to the nearest of them
# (the 10th nearest, so that a single odd photograph does not decide; Sun et al. 2022). Beside the drawings, which show
# the *same classes in another manner*, we measure photographs of CIFAR-100, which show *other classes in the same
# manner*. First in the second block: what share of the images is farther away than a given distance?

# %% [markdown] tags=["lang:fr"]
# (Dans l'exécution conservée, aucun des quatre chats n'est reconnu, alors que 54 % le sont sur le test : la probabilité
# en est de 0,045. Mais il y a dix classes à regarder, et qu'*une* classe au moins n'ait rien de juste arrive environ
# une fois sur dix.)
#
# Les cartes ne disent pas pourquoi. Pour la mouette, presque toute l'image parle pour « airplane », et la cellule la
# plus forte est le ciel à côté de son aile ; pour la biche qui bondit, c'est le sol sous le corps. Le TP 6 a montré que
# Grad-CAM++ distingue moins bien les classes que Grad-CAM ou l'occlusion sur ce réseau. Il nous faut un autre outil.
#
# ## 4. How far away are they?
#
# The usual promise of machine learning is: training and test images come **from the same distribution**, so that what
# holds for the one holds for the other. Nobody has promised anything for drawings. That the new images come from
# another distribution is called **domain shift**. It can be measured, without any labels: take what a layer of the
# network makes of the training images, its **features**; and for each new image the distance to the nearest of them
# (the 10th nearest, so that a single odd photograph does not decide; Sun et al. 2022). Beside the drawings, which show
# the *same classes in another manner*, we measure photographs of CIFAR-100, which show *other classes in the same
# manner*. First in the second block: what share of the images is farther away than a given distance?

# %% tasks=["S3.9"]
known = photos.x_train[: 2 * PROBED]
strangers = {
    "test": photos.x_test[:PROBED],
    "own images": own.x,
    "CIFAR-100": lk.data.load("cifar100").scaled().x_test[:PROBED],
}
far = {
    name: lk.explain.feature_distances(net, known, x, "block2_conv1", k=K) for name, x in strangers.items()
}
_ = lk.plots.distances(far, source=photos.source)

# %% [markdown] tags=["lang:en"]
# One number for two such curves: the probability that an image from outside lies farther away than one of the test,
# both drawn at random (ties count one half). It is called **AUROC**: 0.5 if the distance tells nothing, 1 if it tells
# them apart without a mistake.
#
# **Question.** `auroc(known, others)`: of two lists of distances.

# %% [markdown] tags=["lang:fr"]
# Un seul nombre pour deux de ces courbes : la probabilité qu'une image du dehors soit plus loin qu'une image du test,
# toutes deux tirées au sort (une égalité compte pour un demi). On l'appelle **AUROC** : 0,5 si la distance ne dit rien,
# 1 si elle les distingue sans une seule erreur.
#
# **Question.** `auroc(known, others)` : celle de deux listes de distances.


# %% question="own.auroc" tasks=["S3.9"]
def auroc(known, others):
    ### BEGIN SOLUTION
    known, others = np.array(known)[:, None], np.array(others)[None, :]
    return float(((others > known) + 0.5 * (others == known)).mean())
    ### END SOLUTION


# %% tags=["check"]
lk.check("own.auroc", auroc)

# %% tasks=["S3.9"]
truth = np.repeat([0, 1], [len(far["test"]), len(own)])
print("by hand     ", round(auroc(far["test"], far["own images"]), 4))
print("scikit-learn", round(roc_auc_score(truth, np.r_[far["test"], far["own images"]]), 4))

# %% [markdown] tags=["lang:en"]
# The same for each layer. "pixels" needs no network at all:

# %% [markdown] tags=["lang:fr"]
# La même chose pour chaque couche. La courbe « pixels » se passe de tout réseau :

# %% tasks=["S3.9"]
layers = ["pixels", *(layer.name for layer in net.layers if "conv" in layer.name), "fc1", "fc2"]
shift = lk.explain.domain_shift(net, known, strangers, layers, k=K)
_ = lk.plots.shift_curves(shift, source=photos.source)

# %% tasks=["S3.9"]
shift.round(2).T

# %% [markdown] tags=["lang:en"]
# In the stored run the drawings lie farther away than the test photographs in the first five convolutions (0.62 to
# 0.71; chance alone would give 0.50 ± 0.05 for 40 pictures), hardly in the sixth (0.56), and no longer in the `Dense`
# layers (0.47 and 0.51). So the network notices at its entrance that these are no photographs, and at its exit it has
# forgotten it: a warning taken from the last layer would have missed the drawings. The photographs of CIFAR-100 are
# told apart a little everywhere, and best in `fc2` (0.70). By their pixels the drawings are even nearer than the
# photographs (0.36): "near" depends on who measures.
#
# **Question.** In the stored run, in the layers of the second block, the distance tells the drawings from the test
# photographs; in `fc2` it does not. For the photographs of CIFAR-100 it does so a little in every layer, and best in
# `fc2`. What explains both?
#
# - **a** the late layers have more filters
# - **b** early layers respond to *how* a picture is made, the late ones only to which of the ten classes it resembles
# - **c** drawings have fewer colours than photographs
# - **d** forty images are too few for an early layer

# %% [markdown] tags=["lang:fr"]
# Dans l'exécution conservée, les dessins sont plus loin que les photographies de test dans les cinq premières
# convolutions (de 0,62 à 0,71 ; le hasard seul donnerait 0,50 ± 0,05 pour 40 images), à peine dans la sixième (0,56),
# et plus du tout dans les couches `Dense` (0,47 et 0,51). Le réseau remarque donc à l'entrée que ce ne sont pas des
# photographies, et à la sortie il l'a oublié : un avertissement tiré de la dernière couche aurait manqué les dessins.
# Les photographies de CIFAR-100 se distinguent un peu partout, et le mieux dans `fc2` (0,70). Par leurs pixels, les
# dessins sont même plus proches que les photographies (0,36) : « proche » dépend de qui mesure.
#
# **Question.** Dans l'exécution conservée, dans les couches du deuxième bloc, la distance sépare les dessins des
# photographies de test ; dans `fc2`, non. Pour les photographies de CIFAR-100, elle le fait un peu dans chaque couche,
# et le mieux dans `fc2`. Qu'est-ce qui explique les deux ?
#
# - **a** les couches tardives ont plus de filtres
# - **b** les premières couches répondent à la *manière* dont une image est faite, les dernières seulement à celle des
#   dix classes qu'elle évoque
# - **c** les dessins ont moins de couleurs que les photographies
# - **d** quarante images ne suffisent pas à une des premières couches

# %% question="own.style" tasks=["S3.9"]
### BEGIN SOLUTION
style = "b"
### END SOLUTION

# %% tags=["check"]
lk.check("own.style", style)

# %% [markdown] tags=["lang:en"]
# What does a picture that the network gets wrong look like *to the network*? The photographs that are nearest to it in
# the last hidden layer:

# %% [markdown] tags=["lang:fr"]
# À quoi ressemble, *pour le réseau*, une image sur laquelle il se trompe ? Voici les photographies qui en sont les plus
# proches dans la dernière couche cachée :

# %% tasks=["S3.9"]
features = {
    name: lk.explain.responses(net, x, "fc2")
    for name, x in {"known": known, "wrong": own.x[wrong[:5]]}.items()
}
features = {name: f / np.linalg.norm(f, axis=1, keepdims=True).clip(1e-9) for name, f in features.items()}
near = (
    NearestNeighbors(n_neighbors=6)
    .fit(features["known"])
    .kneighbors(features["wrong"], return_distance=False)
)
tiles = np.concatenate([[own.x[i], *known[row]] for i, row in zip(wrong, near, strict=False)])
named = np.array(photos.class_names)
captions = [
    name
    for i, row in zip(wrong, near, strict=False)
    for name in (named[own.y[i]] + ":", *named[photos.y_train[row]])
]
_ = lk.plots.images(tiles, captions=captions, rows=len(near), columns=7, size=1.1, source=photos.source)

# %% [markdown] tags=["lang:en"]
# In the stored run one understands the network: the gull lies among aeroplanes before a blue sky, the leaping deer
# mostly among aeroplanes, the jeep among lorries. The husky has two dogs as its nearest photographs, and frogs and cats
# after them. The nearest pictures are an explanation by examples, without any map.
#
# **Question.** Test accuracy 0.75, own images far below. Which sentence is right?
#
# - **a** the network has overfitted the test set
# - **b** the test accuracy was measured wrongly
# - **c** the test accuracy is right for photographs from the same source, and says nothing about others
# - **d** 32×32 pixels are too few to recognise anything

# %% [markdown] tags=["lang:fr"]
# Dans l'exécution conservée, on comprend le réseau : la mouette est parmi des avions devant un ciel bleu, la biche qui
# bondit surtout parmi des avions, la jeep parmi des camions. Le husky a deux chiens pour voisins les plus proches, puis
# des grenouilles et des chats. Les voisins les plus proches sont une explication par l'exemple, sans aucune carte.
#
# **Question.** L'exactitude de test est de 0,75, celle de vos images est bien plus basse. Quelle phrase est juste ?
#
# - **a** le réseau est en sur-apprentissage sur le jeu de test
# - **b** l'exactitude de test a été mal mesurée
# - **c** l'exactitude de test est juste pour des photographies de la même source, et ne dit rien des autres
# - **d** 32×32 pixels, c'est trop peu pour reconnaître quoi que ce soit

# %% question="own.promise" tasks=["S3.9"]
### BEGIN SOLUTION
promise = "c"
### END SOLUTION

# %% tags=["check"]
lk.check("own.promise", promise)

# %% [markdown] tags=["lang:en"]
# ## 5. Two remedies, and a control
#
# **More variety**: shift, turn, zoom and recolour the training photographs at random, so that the network relies less
# on what all photographs have in common. **Enrich** (the word of the sheet): put some of the own images into training.
# Those that were trained on must not be judged: `extend` keeps the others apart.

# %% [markdown] tags=["lang:fr"]
# ## 5. Deux remèdes, et un témoin
#
# **Plus de variété** : décaler, tourner, agrandir ou réduire et recolorer au hasard les photographies d'apprentissage,
# pour que le réseau s'appuie moins sur ce que toutes les photographies ont en commun. **Enrichir** (le mot du sujet) :
# mettre dans l'apprentissage une partie de vos images. Celles qui ont servi à entraîner ne doivent pas servir à juger :
# `extend` met les autres à part.

# %% tasks=["S3.9"]
some = photos.subset(SOME)
half, kept = lk.data.extend(some, own, repeat=REPEAT)
len(half.x_train) - len(some.x_train), kept

# %% [markdown] tags=["lang:en"]
# Twenty pictures among 20,000 photographs would hardly ever be seen, so each goes in a hundred times. Then the halves
# change their roles: so each of the forty is judged once, by a network that has never seen it. This is cross-validation
# with two folds.

# %% [markdown] tags=["lang:fr"]
# Vingt images parmi 20 000 photographies ne seraient presque jamais vues : chacune y entre donc cent fois. Ensuite, les
# deux moitiés échangent leurs rôles : chacune des quarante est ainsi jugée une fois, par un réseau qui ne l'a jamais
# vue. C'est une validation croisée à deux plis.

# %% tasks=["S3.9"]
other_half, kept_too = lk.data.extend(some, own, train=[image.file for image in kept.images], repeat=REPEAT)
folds = {"A": (half, kept), "B": (other_half, kept_too)}
in_both = {image.file for image in kept.images} & {image.file for image in kept_too.images}
len(kept), len(kept_too), len(in_both)

# %% [markdown] tags=["lang:en"]
# Every attempt goes on from the trained network, for five more epochs. So does one that changes nothing: mirrored
# photographs only, as before.
#
# **Question.** What is this control for?
#
# - **a** five more epochs may change the result all by themselves; only the difference to the control is the remedy's
#   effect
# - **b** it makes the training of the others more stable
# - **c** it shows that the network has not been saved wrongly
# - **d** it is an upper limit for the accuracy of the others

# %% [markdown] tags=["lang:fr"]
# Chaque essai repart du réseau entraîné, pour cinq époques de plus. Il en va de même d'un essai qui ne change rien :
# seulement des photographies en miroir, comme auparavant.
#
# **Question.** À quoi sert ce témoin ?
#
# - **a** cinq époques de plus peuvent à elles seules changer le résultat ; seule la différence avec le témoin est
#   l'effet du remède
# - **b** il rend l'apprentissage des autres plus stable
# - **c** il montre que le réseau n'a pas été mal enregistré
# - **d** c'est une limite supérieure pour l'exactitude des autres

# %% question="own.control" tasks=["S3.9"]
### BEGIN SOLUTION
control = "a"
### END SOLUTION

# %% tags=["check"]
lk.check("own.control", control)

# %% tasks=["S3.9"]
varied = [
    flip,
    keras.layers.RandomTranslation(0.1, 0.1),
    keras.layers.RandomRotation(0.05),
    keras.layers.RandomZoom(0.15),
    keras.layers.RandomBrightness(0.2, value_range=(0, 1)),
    keras.layers.RandomContrast(0.3, value_range=(0, 1)),
    keras.layers.RandomSaturation((0.3, 0.7), value_range=(0, 1)),  # 0.5 leaves the colours as they are
]


# %% tasks=["S3.9"]
def further(dataset, augment, name):
    """Lab 3's net, trained on: the original stays as it is."""
    copy = keras.models.clone_model(net)
    copy.set_weights(net.get_weights())
    lk.train(
        copy, dataset, epochs=MORE_EPOCHS, batch_size=128, learning_rate=5e-4, augment=augment, name=name,
        ledger=ledger,
    )  # fmt: skip
    return copy


# %% tasks=["S3.9"]
seen = {"control": further(some, flip, "control"), "varied": further(some, varied, "varied")}
enriched = {"A": further(half, flip, "enriched A"), "B": further(other_half, flip, "enriched B")}
both = {"A": further(half, varied, "both A"), "B": further(other_half, varied, "both B")}


# %% tasks=["S3.9"]
def judged(nets):
    """Right or wrong for each own image, by a network that has not seen it; accuracy on the test."""
    right = {}
    for fold, model in nets.items():
        result = lk.evaluate(model, folds[fold][1].dataset)
        files = [image.file for image in folds[fold][1].images]
        right |= dict(zip(files, result.y_pred == result.y_true, strict=True))
    return pd.Series(right), np.mean([lk.evaluate(model, photos).accuracy for model in nets.values()])


# %% tasks=["S3.9"]
alone = {"as it was": net, **seen}
attempts = {name: judged({"A": model, "B": model}) for name, model in alone.items()}
attempts |= {"enriched": judged(enriched), "both": judged(both)}
before = attempts["control"][0]
rows = {
    name: {
        "own images": right.mean(),
        "gained": (right & ~before).sum(),
        "lost": (before & ~right).sum(),
        "test": test,
    }
    for name, (right, test) in attempts.items()
}
pd.DataFrame.from_dict(rows, orient="index").round(3)

# %% [markdown] tags=["lang:en"]
# "gained" and "lost" count the pictures that are right here and wrong in the control, and the other way round. If a
# remedy did nothing, both would be equally probable for each picture that changed, as heads and tails are.

# %% [markdown] tags=["lang:fr"]
# « gained » (gagnées) et « lost » (perdues) comptent les images qui sont justes ici et fausses avec le témoin, et
# l'inverse. Si un remède n'avait aucun effet, les deux seraient également probables pour chaque image qui a changé,
# comme pile et face.

# %% [markdown] tags=["lang:en"]
# And the pictures that the enriched networks *were* trained on?

# %% [markdown] tags=["lang:fr"]
# Et les images sur lesquelles les réseaux enrichis *ont été* entraînés ?

# %% tasks=["S3.9"]
other = {"A": kept_too, "B": kept}
memory = {
    name: np.mean([lk.evaluate(model, other[fold].dataset).accuracy for fold, model in nets.items()])
    for name, nets in {"enriched": enriched, "both": both}.items()
}
pd.Series(memory, name="own images, trained on").round(3)

# %% [markdown] tags=["lang:en"]
# In the stored run **no remedy has helped**. Compared with the network as it was, two of the three seem to: 23 of 40
# before, 24 with more variety, 25 after enriching. But the control has 25 as well, without any remedy. (Five more
# epochs with a smaller learning rate bring it three points on the test, too.) The enriched networks name just the same
# pictures rightly as the control, no more and no fewer, while they know the twenty that they were trained on by heart.
# Twenty drawings teach these twenty drawings, and not drawing. More variety, for five epochs, changed one picture and
# cost seven points on the test; whether a longer training would make up for that was not tried. Without the control we
# would have reported "enriched: +2".
#
# **Question.** 6 pictures gained, none lost, all of them by chance: how probable is such an extreme result if heads and
# tails are equally probable? (Both directions count: none gained and 6 lost is as extreme. This is the sign test, or
# McNemar's exact test.)

# %% [markdown] tags=["lang:fr"]
# Dans l'exécution conservée, **aucun remède n'a aidé**. Comparés au réseau tel qu'il était, deux sur trois semblent le
# faire : 23 sur 40 avant, 24 avec plus de variété, 25 une fois enrichi. Mais le témoin aussi en a 25, sans aucun
# remède. (Cinq époques de plus avec un taux d'apprentissage plus petit lui font aussi gagner trois points sur le test.)
# Les réseaux enrichis nomment juste exactement les mêmes images que le témoin, ni plus ni moins, alors qu'ils savent
# par cœur les vingt sur lesquelles ils ont été entraînés. Vingt dessins apprennent ces vingt dessins, et non le dessin.
# Plus de variété, pendant cinq époques, a changé une image et coûté sept points sur le test ; si un apprentissage plus
# long les rattraperait, nous ne l'avons pas essayé. Sans le témoin, nous aurions écrit « enrichi : +2 ».
#
# **Question.** 6 images gagnées, aucune perdue, et tout cela par hasard : quelle est la probabilité d'un résultat aussi
# extrême, si pile et face sont également probables ? (Les deux sens comptent : aucune gagnée et 6 perdues serait tout
# aussi extrême. C'est le test des signes, ou test exact de McNemar.)

# %% question="own.sign" tasks=["S3.9"]
### BEGIN SOLUTION
by_chance = 2 * 0.5**6
### END SOLUTION

# %% tags=["check"]
lk.check("own.sign", by_chance)

# %% [markdown] tags=["lang:en"]
# And what if the network is trained on with the twenty pictures nearly *alone*, beside ten photographs, one of each
# class?

# %% [markdown] tags=["lang:fr"]
# Et si l'on continue d'entraîner le réseau avec les vingt images presque *seules*, à côté de dix photographies, une par
# classe ?

# %% tasks=["S3.9"]
forgetful = further(lk.data.extend(photos.subset(10), own, repeat=REPEAT)[0], flip, "own images alone")
rows = {
    name: {
        "own images, kept": lk.evaluate(model, kept.dataset).accuracy,
        "test": lk.evaluate(model, photos).accuracy,
    }
    for name, model in {"as it was": net, "own images alone": forgetful}.items()
}
pd.DataFrame.from_dict(rows, orient="index").round(3)

# %% [markdown] tags=["lang:en"]
# In the stored run nothing is gained: on the kept pictures 11 of 20 are right, where the network had 13 before. And the
# test falls from 0.753 to 0.656, within seconds: what is not repeated is forgotten (catastrophic forgetting, McCloskey
# and Cohen 1989).
#
# **Question.** Somebody puts all forty pictures into training, and reports: "now 100 % of the own images are right".
# What is wrong?
#
# - **a** nothing, that was the aim
# - **b** the pictures are too small
# - **c** the network has not been trained long enough
# - **d** what was trained on is judged: this measures memory, and says nothing about the next picture

# %% [markdown] tags=["lang:fr"]
# Dans l'exécution conservée, on n'y gagne rien : sur les images mises à part, 11 sur 20 sont justes, là où le réseau en
# avait 13 auparavant. Et le test tombe de 0,753 à 0,656, en quelques secondes : ce qui n'est pas répété s'oublie
# (l'oubli catastrophique, McCloskey et Cohen 1989).
#
# **Question.** Quelqu'un met les quarante images dans l'apprentissage, et annonce : « maintenant, 100 % de mes images
# sont justes ». Où est l'erreur ?
#
# - **a** nulle part, c'était le but
# - **b** les images sont trop petites
# - **c** le réseau n'a pas été entraîné assez longtemps
# - **d** on juge ce qui a servi à entraîner : cela mesure la mémoire, et ne dit rien de la prochaine image

# %% question="own.leak" tasks=["S3.9"]
### BEGIN SOLUTION
leak = "d"
### END SOLUTION

# %% tags=["check"]
lk.check("own.leak", leak)

# %% [markdown] tags=["lang:en"]
# ### Now yours
#
# Make four images of each class (at least): photographs with your telephone, drawings on paper that you photograph,
# drawings with a program. Pictures made by others only with a licence that allows it: write it down. Put them into
# folders named after the classes, `my_images/cat/tom.jpg` and so on (or give each file a name that begins with its
# class). A file `own_images.toml` beside the folders may say who made them, and where to crop:
#
# ```toml
# origin = "photographed at home"
# licence = "CC0-1.0"
#
# ["cat/tom.jpg"]
# crop = [120, 40, 300]  # left, top, width
# ```
#
# Then run the cell below. Your teacher does not have your pictures: without the folder the cell does nothing, and your
# stored output is what is looked at. (In Colab, upload the folder with the panel on the left.)

# %% [markdown] tags=["lang:fr"]
# ### À vous maintenant
#
# Faites quatre images de chaque classe (au moins) : des photographies prises avec votre téléphone, des dessins sur
# papier que vous photographiez, des dessins faits avec un programme. Ne prenez des images d'autrui que si leur licence
# le permet : notez-la. Rangez-les dans des dossiers qui portent le nom des classes, `my_images/cat/tom.jpg` et ainsi de
# suite (ou donnez à chaque fichier un nom qui commence par celui de sa classe). Un fichier `own_images.toml` à côté des
# dossiers peut dire qui les a faites, et où les recadrer :
#
# ```toml
# origin = "photographed at home"
# licence = "CC0-1.0"
#
# ["cat/tom.jpg"]
# crop = [120, 40, 300]  # left, top, width
# ```
#
# Puis exécutez la cellule ci-dessous. Votre enseignant n'a pas vos images : sans le dossier, la cellule ne fait rien,
# et c'est votre sortie conservée que l'on regarde. (Sur Colab, envoyez le dossier avec le panneau de gauche.)

# %% tasks=["S3.9"]
folder = Path("my_images")
if folder.exists():
    mine = lk.data.own_images(folder, like=photos)
    print(mine.report)
    lk.plots.desk(mine, lk.evaluate(net, mine.dataset), columns=5, size=1.15)

# %% [markdown] tags=["lang:en"]
# **Question (in your own words).** Are the results on your own images (or on the forty drawings) satisfactory? Say how
# you made them, what the network answered, how sure forty pictures can make you, what the distances say, which remedy
# helped, by how much more than the control, and what it cost on the test.

# %% [markdown] tags=["lang:fr"]
# **Question (avec vos mots).** Les résultats sur vos images (ou sur les quarante dessins) sont-ils satisfaisants ?
# Dites comment vous les avez faites, ce que le réseau a répondu, ce que quarante images permettent d'affirmer, ce que
# disent les distances, quel remède a aidé, de combien de plus que le témoin, et ce qu'il a coûté sur le test.

# %% [markdown] tags=["answer", "lang:en"] question="own.verdict" tasks=["S3.9"]
# **How.** Forty drawings of ours, four of each class, in five manners; upright, cropped in the middle (four by hand),
# resized with antialiasing to 32×32, divided by 255 (the figure of section 2 shows every step). **Answers.** 23 of 40
# are right, 0.575 ± 0.078, against 0.753 on the test: not satisfactory, and 2.3 standard errors apart. More precise we
# cannot be: between 0.42 and 0.73.
#
# **Why.** The distances: in the second block the drawings are told from test photographs with an AUROC of 0.71, in
# `fc2` with 0.51. The network sees the other manner and then loses it, so that it is sure where it is wrong (the gull:
# 99 % aeroplane, its nearest photographs are aeroplanes before a blue sky).
#
# **Remedies.** None beats the control, which has 25 of 40 without any: enriched 25 (the same pictures; 20 of 20 of
# those that it was trained on), varied 24, both 22. On the test the control has 0.782, enriched 0.777, varied 0.714,
# both 0.675. What I would try next: hundreds of drawings by other hands, or a base that has seen far more than 40,000
# photographs. **Limits**: one network, one seed; forty drawings by the same program.

# %% [markdown] tags=["answer", "lang:fr"] question="own.verdict" tasks=["S3.9"]
# **Comment.** Quarante dessins à nous, quatre par classe, de cinq manières ; redressés, recadrés au milieu (quatre à la
# main), réduits à 32×32 avec antialiasing, divisés par 255 (la figure de la section 2 montre chaque étape).
# **Réponses.** 23 sur 40 sont justes, 0,575 ± 0,078, contre 0,753 sur le test : ce n'est pas satisfaisant, à 2,3
# erreurs types. On ne peut pas être plus précis : entre 0,42 et 0,73.
#
# **Pourquoi.** Les distances : dans le deuxième bloc, les dessins se distinguent des photographies de test avec une
# AUROC de 0,71, dans `fc2` avec 0,51. Le réseau voit l'autre manière, puis la perd, si bien qu'il est sûr là où il se
# trompe (la mouette : avion à 99 %, ses photographies les plus proches sont des avions devant un ciel bleu).
#
# **Remèdes.** Aucun ne bat le témoin, qui a 25 sur 40 sans remède : enrichi 25 (les mêmes images ; 20 sur 20 de celles
# qui l'ont entraîné), varié 24, les deux 22. Sur le test, le témoin a 0,782, enrichi 0,777, varié 0,714, les deux
# 0,675. Ce que j'essaierais ensuite : des centaines de dessins d'autres mains, ou une base qui a vu bien plus que 40
# 000 photographies. **Limites** : un réseau, une graine ; quarante dessins du même programme.

# %% [markdown] tags=["lang:en"]
# ## 6. Six garments for Fashion-MNIST
#
# The same for Fashion-MNIST: two pictures each of three classes (S3.10). The images of that data set were made
# otherwise (Xiao et al. 2017): the garment is cut out, its longest side becomes 28 pixels, it is made grey, light on
# black, and put in the middle. `own_images` does the same, and says so. This picture lies on its side in the file, with
# a note (EXIF) that says how to turn it:

# %% [markdown] tags=["lang:fr"]
# ## 6. Six vêtements pour Fashion-MNIST
#
# La même chose pour Fashion-MNIST : deux images pour chacune de trois classes (S3.10). Les images de ce jeu de données
# ont été faites autrement (Xiao et al. 2017) : le vêtement est détouré, son plus grand côté devient 28 pixels, il est
# mis en gris, clair sur noir, et placé au milieu. `own_images` fait la même chose, et le dit. Cette image est couchée
# sur le côté dans son fichier, avec une note (EXIF) qui dit comment la tourner :

# %% tasks=["S3.10"]
clothes = lk.data.load("fashion_mnist", validation=0.2).scaled().subset(PHOTOS)
garments = lk.data.own_images("fashion_mnist", like=clothes)
_ = lk.plots.steps(garments.images[-1], size=1.4)

# %% tasks=["S3.10"]
clothes_net = lk.models.fashion_cnn(pool_dropout=0.25, dense_dropout=0.25)
_ = lk.train(clothes_net, clothes, epochs=CLOTHES_EPOCHS, batch_size=128, name="clothes", ledger=ledger)
print("test      ", lk.evaluate(clothes_net, clothes))
print("own images", lk.evaluate(clothes_net, garments.dataset))

# %% tasks=["S3.10"]
_ = lk.plots.desk(garments, lk.evaluate(clothes_net, garments.dataset), columns=3, size=1.2)

# %% [markdown] tags=["lang:en"]
# In the stored run five of the six are right. The sixth, an ankle boot, is a bag with 34 %: the network is not even
# sure of its mistake.
#
# Look at the mean of all ankle boots of the training set, and at its mirror image:

# %% [markdown] tags=["lang:fr"]
# Dans l'exécution conservée, cinq sur six sont justes. La sixième, une bottine, est un sac à 34 % : le réseau n'est
# même pas sûr de son erreur.
#
# Regardez la moyenne de toutes les bottines du jeu d'apprentissage, et son image en miroir :

# %% tasks=["S3.10"]
boot = clothes.class_names.index(garments.images[-1].class_name)
mean_boot = clothes.x_train[clothes.y_train == boot].mean(axis=0)
_ = lk.plots.images(
    np.array([mean_boot, mean_boot[:, ::-1]]), captions=["mean ankle boot", "mirrored"], rows=1, columns=2
)

# %% [markdown] tags=["lang:en"]
# Do all of them point the same way? The leg of a boot stands above its heel. Where more of the upper half lies on the
# right, the toe is on the left:

# %% [markdown] tags=["lang:fr"]
# Pointent-elles toutes du même côté ? La tige d'une bottine est au-dessus du talon. Quand la moitié supérieure est
# surtout à droite, le bout du pied est à gauche :

# %% tasks=["S3.10"]
upper = clothes.x_train[clothes.y_train == boot][:, :14]
to_the_left = (upper[:, :, 14:].sum(axis=(1, 2, 3)) > upper[:, :, :14].sum(axis=(1, 2, 3))).mean()
round(float(to_the_left), 3)

# %% [markdown] tags=["lang:en"]
# **Question.** One of the two drawn boots points to the right. Which remedy fits this finding?
#
# - **a** more epochs
# - **b** mirrored images in training: `RandomFlip("horizontal")`
# - **c** a larger network
# - **d** brighter images

# %% [markdown] tags=["lang:fr"]
# **Question.** L'une des deux bottines dessinées pointe vers la droite. Quel remède convient à ce constat ?
#
# - **a** plus d'époques
# - **b** des images en miroir à l'apprentissage : `RandomFlip("horizontal")`
# - **c** un réseau plus grand
# - **d** des images plus claires

# %% question="own.mirror" tasks=["S3.10"]
### BEGIN SOLUTION
mirror = "b"
### END SOLUTION

# %% tags=["check"]
lk.check("own.mirror", mirror)

# %% tasks=["S3.10"]
mirrored_net = lk.models.fashion_cnn(pool_dropout=0.25, dense_dropout=0.25)
_ = lk.train(
    mirrored_net,
    clothes,
    epochs=CLOTHES_EPOCHS,
    batch_size=128,
    augment=flip,
    name="clothes, mirrored",
    ledger=ledger,
)

# %% tasks=["S3.10"]
turned = replace(garments.dataset, x_test=garments.x[:, :, ::-1])
rows = {}
for name, model in {"clothes": clothes_net, "clothes, mirrored": mirrored_net}.items():
    rows[name] = {"test": round(lk.evaluate(model, clothes).accuracy, 3)}
    for what, pictures in {"own": garments.dataset, "own, turned": turned}.items():
        result = lk.evaluate(model, pictures)
        rows[name] |= {
            what: round(result.accuracy, 3),
            f"{what}: wrong": [garments.images[i].file for i in result.errors()],
        }
pd.DataFrame.from_dict(rows, orient="index")

# %% [markdown] tags=["lang:en"]
# In the stored run the remedy that was chosen for a reason does what it should: six of six, and when all pictures are
# turned round, six again. The network without it misses the *other* boot then, the one that has come to point to the
# right. It costs one point on the test (0.893, 0.882; ten epochs, one run), where all boots point to the left. Six
# pictures are no statistics; but here the cause had been found before the remedy was tried, and the turned pictures are
# a second test of it.
#
# ## 7. Five data sets
#
# The same networks, trained anew on other data (S3.8). MNIST and Fashion-MNIST are given. Two others are to be found,
# and there are thousands; these two were chosen because they bring what the others lack, and because everybody can load
# them:
#
# - the **digits** of scikit-learn: 1,797 of them, 8×8 pixels. They come with the library, without a download. What does
#   a network do with forty times fewer images?
# - the **clothing photos** of lab 5: 3,781 photographs in ten folders, taken by many people. A folder of photos is what
#   your next project will begin with.
#
# `from_arrays` makes a data set of arrays that come from anywhere.

# %% [markdown] tags=["lang:fr"]
# Dans l'exécution conservée, le remède choisi pour une raison fait ce qu'il doit : six sur six, et encore six quand
# toutes les images sont retournées. Le réseau qui ne l'a pas reçu manque alors l'*autre* bottine, celle qui se met à
# pointer à droite. Il coûte un point sur le test (0,893, 0,882 ; dix époques, une seule exécution), où toutes les
# bottines pointent à gauche. Six images ne font pas une statistique ; mais ici, la cause avait été trouvée avant
# d'essayer le remède, et les images retournées en sont une seconde épreuve.
#
# ## 7. Cinq jeux de données
#
# Les mêmes réseaux, entraînés à nouveau, sur d'autres données (S3.8). MNIST et Fashion-MNIST sont donnés. Il faut en
# trouver deux autres, et il y en a des milliers ; nous avons choisi ces deux-ci parce qu'ils apportent ce qui manque
# aux autres, et parce que tout le monde peut les charger :
#
# - les **chiffres** (digits) de scikit-learn : il y en a 1 797, de 8×8 pixels. Ils viennent avec la bibliothèque, sans
#   téléchargement. Que fait un réseau avec quarante fois moins d'images ?
# - les **photographies de vêtements** (clothing photos) du TP 5 : 3 781 photographies dans dix dossiers, prises par
#   beaucoup de personnes. C'est par un dossier de photographies que votre prochain projet commencera.
#
# `from_arrays` fait un jeu de données de tableaux qui viennent de n'importe où.

# %% tasks=["S3.8"]
digits = load_digits()
digits.images.shape, digits.images.dtype, digits.images.min(), digits.images.max()

# %% [markdown] tags=["lang:en"]
# **Question.** 16 is white here, and 0 black. Which whole number from 0 to 255 becomes of a pixel of 10?

# %% [markdown] tags=["lang:fr"]
# **Question.** Ici, 16 est le blanc et 0 le noir. Quel nombre entier de 0 à 255 un pixel de 10 devient-il ?

# %% question="own.white" tasks=["S3.8"]
### BEGIN SOLUTION
pixel = round(10 / 16 * 255)
### END SOLUTION

# %% tags=["check"]
lk.check("own.white", pixel)

# %% [markdown] tags=["lang:en"]
# So that the *same* network can be trained on all of them, with weights of the same shape, all images become 32×32×3:
# small ones are enlarged, grey ones get three equal channels.

# %% [markdown] tags=["lang:fr"]
# Pour que l'on puisse entraîner le *même* réseau sur tous, avec des poids de même forme, toutes les images passent en
# 32×32×3 : les petites sont agrandies, les grises reçoivent trois canaux égaux.

# %% tasks=["S3.8"]
sets = {
    "MNIST": lk.data.load("mnist", validation=0.2),
    "Fashion-MNIST": lk.data.load("fashion_mnist", validation=0.2),
    "CIFAR-10": lk.data.load("cifar10", validation=0.2),
    "digits": lk.data.from_arrays(
        digits.images, digits.target, name="digits", white=16, test=0.2, validation=0.2
    ),
    "clothing photos": lk.data.load_photos("clothing_small", 32),
}
sets = {name: dataset.subset(SOME).in_shape((32, 32, 3)).scaled() for name, dataset in sets.items()}

# %% tasks=["S3.8"]
samples = np.concatenate([dataset.x_train[:10] for dataset in sets.values()])
captions = [dataset.class_names[label] for dataset in sets.values() for label in dataset.y_train[:10]]
_ = lk.plots.images(
    samples, captions=captions, rows=len(sets), columns=10, size=0.95, source=sets["CIFAR-10"].source
)

# %% [markdown] tags=["lang:en"]
# **Question.** The digits are now 32×32 as well. Do they hold more information about the digit than before?
#
# - **a** yes, sixteen times as much
# - **b** no: each new pixel is calculated from the old ones
# - **c** yes, since a network can now see finer strokes
# - **d** no, less: enlarging makes every image blurred beyond recognition

# %% [markdown] tags=["lang:fr"]
# **Question.** Les chiffres de scikit-learn sont maintenant eux aussi en 32×32. Contiennent-ils plus d'information sur
# le chiffre qu'avant ?
#
# - **a** oui, seize fois plus
# - **b** non : chaque nouveau pixel est calculé à partir des anciens
# - **c** oui, puisqu'un réseau peut maintenant voir des traits plus fins
# - **d** non, moins : agrandir rend toute image floue au point qu'on ne la reconnaît plus

# %% question="own.enlarged" tasks=["S3.8"]
### BEGIN SOLUTION
enlarged = "b"
### END SOLUTION

# %% tags=["check"]
lk.check("own.enlarged", enlarged)

# %% [markdown] tags=["lang:en"]
# Others load as easily. Two that you may try instead (they need the network, and were not tried here):
#
# ```python
# from sklearn.datasets import fetch_openml
#
# table = fetch_openml("Kuzushiji-MNIST", version=1, as_frame=False)  # 70,000 Japanese characters, as rows of 784
# lk.data.from_arrays(table.data, table.target, name="kuzushiji", image_shape=(28, 28), white=255)
#
# (x, y), (x_test, y_test) = keras.datasets.cifar100.load_data(label_mode="coarse")
# lk.data.from_arrays(x, y.ravel(), name="superclasses", test=(x_test, y_test.ravel()))
# ```

# %% [markdown] tags=["lang:fr"]
# D'autres se chargent tout aussi facilement. En voici deux que vous pouvez essayer à la place (ils demandent une
# connexion à Internet, et nous ne les avons pas essayés ici) :
#
# ```python
# from sklearn.datasets import fetch_openml
#
# table = fetch_openml("Kuzushiji-MNIST", version=1, as_frame=False)  # 70 000 caractères japonais, en lignes de 784
# lk.data.from_arrays(table.data, table.target, name="kuzushiji", image_shape=(28, 28), white=255)
#
# (x, y), (x_test, y_test) = keras.datasets.cifar100.load_data(label_mode="coarse")
# lk.data.from_arrays(x, y.ravel(), name="superclasses", test=(x_test, y_test.ravel()))
# ```

# %% [markdown] tags=["lang:en"]
# **The same effort for each.** The data sets have from one to twenty thousand training images (more were left out).
# With equally many *epochs* the network would make a twentieth of the steps on the small ones. So all get equally many
# **steps**.
#
# **Question.** `epochs_for(images, steps, batch)`: the least whole number of epochs with at least `steps` steps; a last
# batch that is not full is a step, too.

# %% [markdown] tags=["lang:fr"]
# **Le même effort pour chacun.** Les jeux de données ont de mille à vingt mille images d'apprentissage (le reste a été
# laissé de côté). Avec autant d'*époques* pour tous, le réseau ne ferait sur les petits qu'un vingtième des pas. Tous
# reçoivent donc autant de **pas**.
#
# **Question.** `epochs_for(images, steps, batch)` : le plus petit nombre entier d'époques qui donne au moins `steps`
# pas ; un dernier lot qui n'est pas plein est un pas, lui aussi.


# %% question="own.epochs" tasks=["S3.8"]
def epochs_for(images, steps, batch):
    ### BEGIN SOLUTION
    steps_an_epoch = -(-images // batch)
    return -(-steps // steps_an_epoch)
    ### END SOLUTION


# %% tags=["check"]
lk.check("own.epochs", epochs_for)

# %% tasks=["S3.8"]
builders = {
    "softmax regression": lk.models.softmax_regression,
    "LeNet-5": lk.models.lenet5,
    "deep network": lambda: lk.models.deep_cnn(blocks=3, padding="same", batch_norm=True, pool_dropout=0.25),
}
effort = {name: epochs_for(len(dataset.x_train), STEPS, 128) for name, dataset in sets.items()}
effort


# %% [markdown] tags=["lang:en"]
# No photograph is mirrored in these trainings: a mirrored 3 is no 3, and the recipe shall be one for all.

# %% [markdown] tags=["lang:fr"]
# Dans ces apprentissages, aucune photographie n'est mise en miroir : un 3 en miroir n'est pas un 3, et la recette doit
# être la même pour tous.


# %% tasks=["S3.8"]
def fitted(kind, name):
    model = builders[kind]()
    lk.train(
        model, sets[name], epochs=effort[name], batch_size=128, name=f"{kind}, {name}", ledger=ledger
    )  # fmt: skip
    return model


# %% tasks=["S3.8"]
trained = {(kind, name): fitted(kind, name) for kind in builders for name in sets}

# %% tasks=["S3.8"]
scores = {key: lk.evaluate(model, sets[key[1]]) for key, model in trained.items()}
synthesis = pd.DataFrame({kind: {name: scores[kind, name].accuracy for name in sets} for kind in builders})
synthesis.insert(0, "training images", {name: len(dataset.x_train) for name, dataset in sets.items()})
synthesis["standard error"] = {
    name: standard_error(scores["deep network", name].accuracy * len(dataset.x_test), len(dataset.x_test))
    for name, dataset in sets.items()
}
synthesis.round(3)

# %% tasks=["S3.8"]
ax = synthesis[list(builders)].plot.barh(figsize=(7, 3.6), color=lk.plots.COLOURS[:3])
ax.set(xlabel="test accuracy", xlim=(0, 1))
ax.invert_yaxis()
_ = lk.plots.sign(ax, sets["CIFAR-10"].source)

# %% [markdown] tags=["lang:en"]
# In the stored run depth is worth 29 points on CIFAR-10 and 24 on the clothing photos (from softmax regression to the
# deep network), 7 on MNIST and on Fashion-MNIST, and less than 2 on the digits, where softmax regression has 0.978
# already. And the *number* of images does not make a data set hard: 1,150 digits give 0.994, 20,000 photographs 0.640.
# (Lab 3's net has 0.753: twice as many photographs, and mirrored ones. On the clothing photos the deep network has
# learnt its 3,068 training photographs nearly by heart, 0.995, and names 0.634 of the others.) One run of each; the
# standard error only counts the test images.
#
# **Question.** On which kind of data set does depth pay most, by this table?
#
# - **a** on digits written on an even ground
# - **b** on all of them alike
# - **c** on photographs, where object, place and ground vary
# - **d** on the data sets with the fewest images

# %% [markdown] tags=["lang:fr"]
# Dans l'exécution conservée, la profondeur vaut 29 points sur CIFAR-10 et 24 sur les photos de vêtements (de la
# régression softmax au réseau profond), 7 sur MNIST et sur Fashion-MNIST, et moins de 2 sur les chiffres de
# scikit-learn, où la régression softmax a déjà 0,978. Et ce n'est pas le *nombre* d'images qui rend un jeu de données
# difficile : 1 150 chiffres donnent 0,994, 20 000 photographies 0,640. (Le réseau du TP 3 a 0,753 : deux fois plus de
# photographies, et en miroir. Sur les photos de vêtements, le réseau profond sait presque par cœur ses 3 068
# photographies d'apprentissage, 0,995, et nomme 0,634 des autres.) Un seul entraînement de chaque ; l'erreur type ne
# compte que les images de test.
#
# **Question.** Sur quelle sorte de jeu de données la profondeur rapporte-t-elle le plus, d'après cette table ?
#
# - **a** sur des chiffres écrits sur un fond uni
# - **b** sur tous autant
# - **c** sur des photographies, où l'objet, sa place et le fond varient
# - **d** sur les jeux de données qui ont le moins d'images

# %% question="own.depth" tasks=["S3.8"]
### BEGIN SOLUTION
depth = "c"
### END SOLUTION

# %% tags=["check"]
lk.check("own.depth", depth)

# %% [markdown] tags=["lang:en"]
# ## 8. Have they specialised differently?
#
# Five networks of the same form, each with other data. Lab 6 had four ways of looking at a layer; here they are on one
# axis. The yardstick is a pair that has seen the *same* data set: lab 3's net, trained on CIFAR-10 from other initial
# weights, with mirrored photographs. Two networks that differ no more than these two have not specialised differently.
#
# First the sixteen kernels of the first layer, of each:

# %% [markdown] tags=["lang:fr"]
# ## 8. Se sont-ils spécialisés différemment ?
#
# Cinq réseaux de la même forme, chacun avec d'autres données. Le TP 6 avait quatre façons de regarder une couche ; les
# voici sur un même axe. L'étalon est une paire de réseaux qui ont vu le *même* jeu de données : avec celui de CIFAR-10,
# le réseau du TP 3, entraîné sur CIFAR-10 à partir d'autres poids initiaux, avec des photographies en miroir. Deux
# réseaux qui ne diffèrent pas plus que ces deux-là ne se sont pas spécialisés différemment.
#
# D'abord, pour chacun, les seize noyaux de la première couche :

# %% tasks=["S3.8", "S3.7"]
deep = {name: trained["deep network", name] for name in sets}
figure, axes = plt.subplots(len(deep), 1, figsize=(9, 4.4), layout="constrained")
for ax, (name, model) in zip(axes, deep.items(), strict=True):
    lk.plots.filters(lk.explain.first_filters(model), columns=16, ax=ax)
    ax.set_title(name, fontsize=9, loc="left", pad=2)

# %% [markdown] tags=["lang:en"]
# The kernels of the grey data sets are as colourful as the others. These colours mean nothing: where all three channels
# are equal, their weights get the same gradient, so that the differences between them stay what the initialisation made
# them; only their sum acts. It is the first lesson about such pictures: ask what *could not* look otherwise. Of 27
# numbers a kernel we learn little.
#
# **Linear probes** on each network's own data: where on the way can the class be read off?

# %% [markdown] tags=["lang:fr"]
# Les noyaux des jeux de données gris sont aussi colorés que les autres. Ces couleurs ne veulent rien dire : là où les
# trois canaux sont égaux, leurs poids reçoivent le même gradient, et leurs différences restent telles que
# l'initialisation les a faites ; seule leur somme agit. C'est la première leçon devant de telles images : demandez-vous
# ce qui *ne pouvait pas* être autrement. De 27 nombres par noyau, nous apprenons peu.
#
# Des **sondes linéaires** sur les données propres à chaque réseau : où, en chemin, la classe peut-elle se lire ?

# %% tasks=["S3.8", "S3.7"]
probes = {
    name: lk.explain.linear_probes(
        deep[name], d.x_train[:PROBED], d.y_train[:PROBED], d.x_test[:PROBED], d.y_test[:PROBED]
    )
    for name, d in sets.items()
}
_ = lk.plots.probes(probes, chance=0.1, source=sets["CIFAR-10"].source)

# %% [markdown] tags=["lang:en"]
# **Class selectivity**: how much does a filter prefer one class (of its own data set)?

# %% [markdown] tags=["lang:fr"]
# La **sélectivité de classe** : à quel point un filtre préfère-t-il une classe (de son propre jeu de données) ?

# %% tasks=["S3.8", "S3.7"]
selective = {
    name: lk.explain.class_selectivity(deep[name], d.x_test[:PROBED], d.y_test[:PROBED], d.class_names)
    for name, d in sets.items()
}
_ = lk.plots.selectivity(selective, source=sets["CIFAR-10"].source)

# %% [markdown] tags=["lang:en"]
# In the stored run the probes differ much: after the very first convolution a linear classifier names 0.86 of MNIST and
# 0.85 of the digits, but 0.36 of CIFAR-10 and 0.29 of the clothing photos, and there it rises through the whole
# network, to 0.69 and 0.65. The shape of the selectivity is the same for all five: below 0.3 in all convolutions, a
# jump at `fc1`; it is only higher for the three sets of single grey things (0.62 to 0.70 in the `Dense` layers) than
# for photographs (0.46 to 0.52).
#
# These curves compare networks on *different* images. **CKA** (Kornblith et al. 2019) compares them on the *same* ones:
# do two networks find the same images similar to one another, layer by layer? 1: exactly the same, 0: nothing in
# common. All look at the photographs of CIFAR-10's test; the pair of the yardstick comes first:

# %% [markdown] tags=["lang:fr"]
# Dans l'exécution conservée, les sondes diffèrent beaucoup : dès la première convolution, un classifieur linéaire nomme
# 0,86 de MNIST et 0,85 des chiffres de scikit-learn, mais 0,36 de CIFAR-10 et 0,29 des photos de vêtements, où cela
# monte tout au long du réseau, jusqu'à 0,69 et 0,65. La sélectivité a la même forme pour tous les cinq : moins de 0,3
# dans toutes les convolutions, un saut à `fc1` ; elle est seulement plus haute pour les trois jeux d'objets gris isolés
# (de 0,62 à 0,70 dans les couches `Dense`) que pour les photographies (de 0,46 à 0,52).
#
# Ces courbes comparent les réseaux sur des images *différentes*. **CKA** (Kornblith et al. 2019) les compare sur les
# *mêmes* : deux réseaux trouvent-ils que les mêmes images se ressemblent, couche par couche ? 1 : exactement les mêmes,
# 0 : rien de commun. Tous regardent les photographies du test de CIFAR-10 ; la paire qui sert d'étalon vient en premier
# :

# %% tasks=["S3.8", "S3.7"]
shown = sets["CIFAR-10"].x_test[:PROBED]
partners = {"same data": net} | {name: model for name, model in deep.items() if name != "CIFAR-10"}
alike = pd.concat(
    [
        lk.explain.same_layers({"CIFAR-10": deep["CIFAR-10"], name: model}, shown)
        for name, model in partners.items()
    ],
    axis=1,
)
_ = lk.plots.similarity_curves(alike, source=sets["CIFAR-10"].source)

# %% [markdown] tags=["lang:en"]
# In the stored run the yardstick goes from 0.94 in the first layer to 0.78 in the last hidden one: so much do two
# networks differ that have seen the same data set. The others begin nearly as high (0.86 to 0.89) and end at 0.12
# (MNIST, digits), 0.16 (Fashion-MNIST) and 0.27 (clothing photos). Specialisation differs the more, the nearer a layer
# is to the answers; and the network of the other photographs stays nearest.
#
# **Question.** CKA of the first layers of two networks is high, that of their last hidden layers low. What follows?
#
# - **a** the first layers have learnt nothing
# - **b** one of the two has been trained badly
# - **c** the last layers have fewer weights
# - **d** what is near the pixels serves both tasks; what is near the answers belongs to one

# %% [markdown] tags=["lang:fr"]
# Dans l'exécution conservée, l'étalon va de 0,94 dans la première couche à 0,78 dans la dernière couche cachée : c'est
# de cela que diffèrent deux réseaux qui ont vu le même jeu de données. Les autres commencent presque aussi haut (de
# 0,86 à 0,89) et finissent à 0,12 (MNIST, chiffres de scikit-learn), 0,16 (Fashion-MNIST) et 0,27 (photos de
# vêtements). La spécialisation diffère d'autant plus qu'une couche est proche des réponses ; et le réseau des autres
# photographies reste le plus proche.
#
# **Question.** La CKA des premières couches de deux réseaux est élevée, celle de leurs dernières couches cachées est
# basse. Que peut-on en conclure ?
#
# - **a** les premières couches n'ont rien appris
# - **b** l'un des deux a été mal entraîné
# - **c** les dernières couches ont moins de poids
# - **d** ce qui est près des pixels sert aux deux tâches ; ce qui est près des réponses n'appartient qu'à une seule

# %% question="own.alike" tasks=["S3.8"]
### BEGIN SOLUTION
alike_early = "d"
### END SOLUTION

# %% tags=["check"]
lk.check("own.alike", alike_early)

# %% [markdown] tags=["lang:en"]
# The strictest test is use: take the frozen convolutions of a network that was trained on *this* data set, put a linear
# classifier on them, and let it learn *that* one. Each row is a network, each column a data set. The last row is a
# network that has never been trained: what is better than that has been learnt.

# %% [markdown] tags=["lang:fr"]
# L'épreuve la plus sévère est l'usage : prenez les convolutions gelées d'un réseau entraîné sur *tel* jeu de données,
# placez un classifieur linéaire derrière elles, et faites-lui apprendre *tel autre*. Chaque ligne est un réseau, chaque
# colonne un jeu de données. La dernière ligne est un réseau qui n'a jamais été entraîné : ce qui fait mieux que lui a
# été appris.


# %% tasks=["S3.8", "S3.7"]
def carried_over(model, d):
    table = lk.explain.linear_probes(
        model, d.x_train[:PROBED], d.y_train[:PROBED], d.x_test[:PROBED], d.y_test[:PROBED], ["block3_conv2"]
    )
    return table.loc["block3_conv2", "accuracy"]


# %% tasks=["S3.8", "S3.7"]
rows = deep | {"untrained": builders["deep network"]()}
transfer = pd.DataFrame(
    {name: {row: carried_over(model, d) for row, model in rows.items()} for name, d in sets.items()}
)
figure, ax = plt.subplots(figsize=(6.2, 4.2), layout="constrained")
sns.heatmap(transfer, annot=True, fmt=".2f", vmin=0, vmax=1, cmap="Blues", cbar=False, ax=ax)
_ = ax.set(xlabel="linear classifier on", ylabel="convolutions trained on")

# %% [markdown] tags=["lang:en"]
# Read the stored run by rows: CIFAR-10's convolutions serve everybody, 0.95 on MNIST, 0.83 on Fashion-MNIST, and on the
# clothing photos as well as those that were trained on them (0.62 and 0.60; the standard error there is 0.025). Those
# of the digits give no more on photographs than a network that has never been trained (0.38 and 0.39 on CIFAR-10). And
# by columns: on the digits even the untrained convolutions have 0.96. What was learnt on varied photographs carries
# over, what was learnt on easy images does not: this is why lab 5 began with a base that had seen photographs.
#
# **Question.** What would it mean if a column of such a table were the same from top to bottom, the untrained row
# included?
#
# - **a** that these convolutions were trained perfectly
# - **b** that this data set is too difficult for a linear classifier
# - **c** that for this data set it does not matter what the convolutions have learnt: a random network's answers do as
#   well
# - **d** that the networks are identical

# %% [markdown] tags=["lang:fr"]
# Lisez l'exécution conservée par lignes : les convolutions de CIFAR-10 servent à tout le monde, 0,95 sur MNIST, 0,83
# sur Fashion-MNIST, et sur les photos de vêtements autant que celles qui ont été entraînées sur elles (0,62 et 0,60 ;
# l'erreur type y est de 0,025). Celles des chiffres de scikit-learn ne donnent pas plus, sur des photographies, qu'un
# réseau jamais entraîné (0,38 et 0,39 sur CIFAR-10). Et par colonnes : sur les chiffres de scikit-learn, même les
# convolutions non entraînées ont 0,96. Ce qui a été appris sur des photographies variées se transporte, ce qui l'a été
# sur des images faciles ne se transporte pas : voilà pourquoi le TP 5 commençait par une base qui avait vu des
# photographies.
#
# **Question.** Que voudrait dire une colonne de cette table qui serait la même de haut en bas, ligne du réseau non
# entraîné comprise ?
#
# - **a** que ces convolutions ont été parfaitement entraînées
# - **b** que ce jeu de données est trop difficile pour un classifieur linéaire
# - **c** que pour ce jeu de données, ce que les convolutions ont appris n'a pas d'importance : les réponses d'un réseau
#   tiré au sort conviennent aussi bien
# - **d** que les réseaux sont identiques

# %% question="own.column" tasks=["S3.8"]
### BEGIN SOLUTION
column = "c"
### END SOLUTION

# %% tags=["check"]
lk.check("own.column", column)

# %% [markdown] tags=["lang:en"]
# **Question (in your own words).** Has specialisation been different (S3.8)? Answer layer by layer, with figures from
# the five pictures above, and measure "different" with the yardstick.

# %% [markdown] tags=["lang:fr"]
# **Question (avec vos mots).** La spécialisation a-t-elle été différente (S3.8) ? Répondez couche par couche, avec des
# chiffres tirés des cinq figures ci-dessus, et mesurez « différente » à l'aide de l'étalon.

# %% [markdown] tags=["answer", "lang:en"] question="own.specialised" tasks=["S3.8", "S3.7"]
# Yes, and more so from layer to layer; the yardstick is 0.94 (first layer) to 0.78 (last hidden layer). **First
# layer**: hardly. CKA with the network of CIFAR-10 is 0.86 to 0.89, a little below the yardstick; the kernels show
# nothing that could be told from chance. **Second and third block**: the grey digits are at 0.41 to 0.54, the clothing
# photos at 0.56 to 0.68, the yardstick at 0.82 to 0.90. The frozen convolutions say what that means: those of CIFAR-10
# carry over to everything (0.95, 0.83, 0.98, 0.62), those of the digits to no photograph (0.38, as untrained). **`fc1`,
# `fc2`**: CKA falls to 0.12 to 0.27: here each has its own classes.
#
# What does *not* differ is the shape: in all five networks selectivity stays below 0.3 in the convolutions and jumps at
# `fc1`. Where on the way the class can be read off does: after one convolution for digits (0.85), only at the end for
# photographs. CIFAR-10 against CIFAR-10 was measured with one pair only, with twice the photographs and mirroring on
# one side.

# %% [markdown] tags=["answer", "lang:fr"] question="own.specialised" tasks=["S3.8", "S3.7"]
# Oui, et de couche en couche davantage ; l'étalon va de 0,94 (première couche) à 0,78 (dernière couche cachée).
# **Première couche** : à peine. CKA avec le réseau de CIFAR-10 est de 0,86 à 0,89, un peu sous l'étalon ; les noyaux ne
# montrent rien que l'on puisse distinguer du hasard. **Deuxième et troisième blocs** : les chiffres gris sont à
# 0,41-0,54, les photos de vêtements à 0,56-0,68, l'étalon à 0,82-0,90. Les convolutions gelées disent ce que cela veut
# dire : celles de CIFAR-10 se transportent partout (0,95, 0,83, 0,98, 0,62), celles des chiffres sur aucune
# photographie (0,38, comme sans apprentissage). **`fc1`, `fc2`** : CKA tombe à 0,12-0,27 : ici, chacun a ses propres
# classes.
#
# Ce qui *ne* diffère *pas*, c'est la forme : dans les cinq réseaux, la sélectivité reste sous 0,3 dans les convolutions
# et saute à `fc1`. L'endroit où la classe se lit, en revanche, diffère : après une convolution pour les chiffres
# (0,85), à la fin seulement pour les photographies. CIFAR-10 contre CIFAR-10 n'a été mesuré qu'avec une paire, dont un
# côté avait deux fois plus de photographies, et en miroir.

# %% [markdown] tags=["lang:en"]
# ## 9. Hand in
#
# The deliverable (S3.11): one notebook, on GitLab or wherever your teacher wants it, documented, its sections marked,
# in English or French, **with stored outputs** and yet **regenerable**: whoever executes it again must find the same.
# That is a promise; it can be checked before somebody else does. Here is a careless notebook:

# %% [markdown] tags=["lang:fr"]
# ## 9. Rendre votre travail
#
# Le rendu (S3.11) : un seul notebook, sur GitLab ou là où votre enseignant le demande, bien documenté, où chaque
# section est clairement indiquée, en français ou en anglais, **avec ses sorties conservées**, et pourtant
# **régénérable** : qui l'exécute à nouveau doit retrouver la même chose. C'est une promesse ; on peut la vérifier avant
# que quelqu'un d'autre ne le fasse. Voici un notebook négligé :

# %% tasks=["S3.11"]
cell = nbformat.v4.new_code_cell
output = nbformat.v4.new_output
careless = nbformat.v4.new_notebook(
    cells=[
        cell("step = 42", execution_count=3),
        cell(
            "step + 1",
            execution_count=2,
            outputs=[output("execute_result", {"text/plain": "42"}, execution_count=2)],
        ),
        cell(
            f"open('{Path.home().as_posix()}/notes.csv')",
            execution_count=4,
            outputs=[output("error", ename="FileNotFoundError", evalue="notes.csv")],
        ),
    ]
)
nbformat.write(careless, "careless.ipynb")

# %% [markdown] tags=["lang:en"]
# **Question.** The number in brackets beside a cell says when it was executed. In which order were the three cells
# executed? A list of their places, 1 to 3.

# %% [markdown] tags=["lang:fr"]
# **Question.** Le numéro entre crochets à côté d'une cellule dit quand elle a été exécutée. Dans quel ordre les trois
# cellules l'ont-elles été ? Une liste de leurs places, de 1 à 3.

# %% question="own.order" tasks=["S3.11"]
### BEGIN SOLUTION
order = [2, 1, 3]
### END SOLUTION

# %% tags=["check"]
lk.check("own.order", order)

# %% [markdown] tags=["lang:en"]
# Ask `labkit hand-in careless.ipynb --no-run` in a terminal, or `labkit.hand_in.prepare("careless.ipynb",
# fresh_run=False).table()` in Python. The answer, cut short (`--no-run` leaves out the most important line, that
# everything is executed once more in an empty folder and every check compared with the stored one):
#
# | | |
# |---|---|
# | run in order | ✗ Cell 1 (step = 42) is numbered [3], not [1]: cells were run twice, or taken away; use Restart and Run All, then save. |
# | no errors | ✗ Cell 3 (open('/home/me/notes.csv')) stopped with FileNotFoundError: notes.csv |
# | fresh run | - Left out, as you wished: nobody knows whether the outputs come again. |
# | paths | ! A folder of your own computer (/home/me) stands in cell 3 (open('/home/me/notes.csv')): nobody else has it; use a relative path. |
#
# **Question.** Which of these make a notebook that others can regenerate? Put their numbers into the list
# `regenerable`, the smallest first.
#
# 1. "Restart and run all" before it is saved
# 2. the stored outputs are deleted, so that nobody can compare them
# 3. the seed is set, and said
# 4. data are read from a folder of your own computer
# 5. the versions of the libraries are written down
# 6. cells that no longer work are left in, as long as their outputs are right

# %% [markdown] tags=["lang:fr"]
# Demandez `labkit hand-in careless.ipynb --no-run` dans un terminal, ou `labkit.hand_in.prepare("careless.ipynb",
# fresh_run=False).table()` en Python. La réponse, abrégée (`--no-run` omet la ligne la plus importante : tout est
# exécuté encore une fois dans un dossier vide, et chaque vérification comparée à celle qui est conservée) :
#
# | | |
# |---|---|
# | exécuté dans l'ordre | ✗ La cellule 1 (step = 42) est numérotée [3] et non [1] : cellules exécutées deux fois ou enlevées ; faites Redémarrer et tout exécuter, puis enregistrez. |
# | sans erreur | ✗ La cellule 3 (open('/home/me/notes.csv')) s'est arrêtée sur FileNotFoundError: notes.csv |
# | nouvelle exécution | - Omise à votre demande : on ne sait pas si les sorties reviennent. |
# | chemins | ! Un dossier de votre ordinateur (/home/me) figure dans cellule 3 (open('/home/me/notes.csv')) : personne d'autre ne l'a ; utilisez un chemin relatif. |
#
# **Question.** Qu'est-ce qui, dans cette liste, rend un notebook régénérable par d'autres ? Mettez les numéros dans la
# liste `regenerable`, le plus petit d'abord.
#
# 1. « Redémarrer et tout exécuter » avant de l'enregistrer
# 2. les sorties conservées sont effacées, pour que personne ne puisse les comparer
# 3. la graine est fixée, et indiquée
# 4. les données sont lues dans un dossier de votre propre ordinateur
# 5. les versions des bibliothèques sont notées
# 6. les cellules qui ne marchent plus y restent, tant que leurs sorties sont justes

# %% question="own.regenerable" tasks=["S3.11"]
### BEGIN SOLUTION
regenerable = [1, 3, 5]
### END SOLUTION

# %% tags=["check"]
lk.check("own.regenerable", regenerable)

# %% [markdown] tags=["lang:en"]
# For this notebook: save it, and run in a terminal
#
# ```
# labkit hand-in 07_own_images_and_other_datasets.ipynb --name "your name"
# ```
#
# It says in plain words what is missing, and writes two files into the folder `hand-in`: the one notebook to hand in,
# with your outputs, without widgets that GitLab refuses to draw, its pictures small; and a list of the versions it was
# run with. (From Colab, download the notebook first: File, Download, Download .ipynb.)
#
# ## Further
#
# 1. **Another two data sets.** Those of section 7, or `lk.data.from_folder` on photographs of your own. Add a row to
#    the synthesis.
# 2. **Which pictures help?** Put only the drawings in ink into training, and judge the others: does a network learn the
#    style, or the things?
# 3. **A better base.** Lab 5's transfer learning instead of lab 3's net: does a base that has seen a million
#    photographs stand drawings better?
# 4. **Refuse to answer.** A classifier may say "I do not know" where the distance of section 4 is large. Draw the
#    accuracy of the answered ones against their share.

# %% [markdown] tags=["lang:fr"]
# Pour ce notebook : enregistrez-le, et lancez dans un terminal
#
# ```
# labkit hand-in 07_own_images_and_other_datasets.ipynb --name "your name"
# ```
#
# La commande dit en mots simples ce qui manque, et écrit deux fichiers dans le dossier `hand-in` : le notebook à
# rendre, le seul, avec vos sorties, sans les widgets que GitLab refuse d'afficher, et avec des images allégées ; et une
# liste des versions avec lesquelles il a été exécuté. (Depuis Colab, téléchargez d'abord le notebook : Fichier,
# Télécharger, Télécharger le fichier .ipynb.)
#
# ## Pour aller plus loin
#
# 1. **Deux autres jeux de données.** Ceux de la section 7, ou `lk.data.from_folder` sur vos propres photographies.
#    Ajoutez une ligne à la synthèse.
# 2. **Quelles images aident ?** Ne mettez dans l'apprentissage que les dessins à l'encre, et jugez les autres : un
#    réseau apprend-il le style, ou les choses ?
# 3. **Une meilleure base.** Le transfer learning du TP 5 au lieu du réseau du TP 3 : une base qui a vu un million de
#    photographies supporte-t-elle mieux les dessins ?
# 4. **Refuser de répondre.** Un classifieur peut dire « je ne sais pas » là où la distance de la section 4 est grande.
#    Tracez l'exactitude sur les images auxquelles il répond, en fonction de leur part.

# %% [markdown] tags=["lang:en"] tasks=["S3.8", "S3.9"]
# ### Sources
#
# - A. Krizhevsky, [Learning multiple layers of features from tiny
#   images](https://www.cs.toronto.edu/~kriz/learning-features-2009-TR.pdf), 2009: CIFAR-10. A. Torralba, R. Fergus, W.
#   Freeman, 80 million tiny images, IEEE PAMI 30, 2008.
# - H. Xiao, K. Rasul, R. Vollgraf, [Fashion-MNIST](https://arxiv.org/abs/1708.07747), 2017. Y. LeCun et al.,
#   Gradient-based learning applied to document recognition, 1998: MNIST, LeNet-5.
# - E. Alpaydin, C. Kaynak, [Optical recognition of handwritten digits](https://doi.org/10.24432/C50P49), UCI, 1998: the
#   digits. A. Grigorev et al., [Clothing dataset](https://github.com/alexeygrigorev/clothing-dataset-small), 2020, CC0.
# - Y. Sun, Y. Ming, X. Zhu, Y. Li, [Out-of-distribution detection with deep nearest
#   neighbors](https://arxiv.org/abs/2204.06507), 2022.
# - A. Torralba, A. Efros, Unbiased look at dataset bias, CVPR 2011. B. Recht et al., [Do ImageNet classifiers
#   generalize to ImageNet?](https://arxiv.org/abs/1902.10811), 2019.
# - Q. McNemar, Note on the sampling error of the difference between correlated proportions, Psychometrika 12, 1947. M.
#   McCloskey, N. Cohen, Catastrophic interference in connectionist networks, Psychology of Learning and Motivation 24,
#   1989.
# - S. Kornblith, M. Norouzi, H. Lee, G. Hinton, [Similarity of neural network representations
#   revisited](https://arxiv.org/abs/1905.00414), 2019: CKA. J. Yosinski et al., [How transferable are features in deep
#   neural networks?](https://arxiv.org/abs/1411.1792), 2014.
# - T. Clanuwat et al., [Deep learning for classical Japanese literature](https://arxiv.org/abs/1812.01718), 2018:
#   Kuzushiji-MNIST.

# %% [markdown] tags=["lang:fr"] tasks=["S3.8", "S3.9"]
# ### Sources
#
# - A. Krizhevsky, [Learning multiple layers of features from tiny
#   images](https://www.cs.toronto.edu/~kriz/learning-features-2009-TR.pdf), 2009 : CIFAR-10. A. Torralba, R. Fergus, W.
#   Freeman, 80 million tiny images, IEEE PAMI 30, 2008.
# - H. Xiao, K. Rasul, R. Vollgraf, [Fashion-MNIST](https://arxiv.org/abs/1708.07747), 2017. Y. LeCun et al.,
#   Gradient-based learning applied to document recognition, 1998 : MNIST, LeNet-5.
# - E. Alpaydin, C. Kaynak, [Optical recognition of handwritten digits](https://doi.org/10.24432/C50P49), UCI, 1998 :
#   les chiffres de scikit-learn. A. Grigorev et al., [Clothing
#   dataset](https://github.com/alexeygrigorev/clothing-dataset-small), 2020, CC0.
# - Y. Sun, Y. Ming, X. Zhu, Y. Li, [Out-of-distribution detection with deep nearest
#   neighbors](https://arxiv.org/abs/2204.06507), 2022.
# - A. Torralba, A. Efros, Unbiased look at dataset bias, CVPR 2011. B. Recht et al., [Do ImageNet classifiers
#   generalize to ImageNet?](https://arxiv.org/abs/1902.10811), 2019.
# - Q. McNemar, Note on the sampling error of the difference between correlated proportions, Psychometrika 12, 1947. M.
#   McCloskey, N. Cohen, Catastrophic interference in connectionist networks, Psychology of Learning and Motivation 24,
#   1989.
# - S. Kornblith, M. Norouzi, H. Lee, G. Hinton, [Similarity of neural network representations
#   revisited](https://arxiv.org/abs/1905.00414), 2019 : CKA. J. Yosinski et al., [How transferable are features in deep
#   neural networks?](https://arxiv.org/abs/1411.1792), 2014.
# - T. Clanuwat et al., [Deep learning for classical Japanese literature](https://arxiv.org/abs/1812.01718), 2018 :
#   Kuzushiji-MNIST.

# %% tags=["live"]
lk.release_gpu()
