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
#       en: "Transfer learning on photographs, and an application"
#       fr: "Transfer learning sur des photographies, et une application"
#     minutes: 240
#     gpu: true
#     needs:
#       en: "labs 1, 2 and 4"
#       fr: "les TP 1, 2 et 4"
# ---

# %% [markdown] tags=["lang:en"]
# A few thousand photographs, a few minutes of training, and at the end a page in the browser that names what you hold
# into the webcam: that is what transfer learning is for. In this lab you will
#
# 1. look at a folder of photographs before you train on it,
# 2. put new heads on three bases that are trained already: VGG-16, VGG-19 and MobileNetV2,
# 3. compare the head of 2014 (4,096 and 4,096 neurons) with one that has none of them,
# 4. make four famous mistakes on purpose, and measure what each of them costs,
# 5. save the network in a small file that anybody can use, and build an application with it.
#
# The lab follows a report in which somebody recognises whether people wear a mask. Their photographs are not public;
# ours show clothes, ten kinds. At the end you can put in a folder of your own.
#
# Best with a GPU. The stored results come from two CPU cores and from **bases of our own**, trained on CIFAR-100 as in
# lab 4, a quarter as wide as published (MobileNetV2: half). With a GPU and a network take the profile `full`: the bases
# of ImageNet, on photographs of 224×224.

# %% [markdown] tags=["lang:fr"]
# Quelques milliers de photographies, quelques minutes d'apprentissage, et à la fin une page dans le navigateur qui
# nomme ce que vous tenez devant la webcam : voilà à quoi sert le transfer learning. Dans ce TP, vous allez
#
# 1. regarder un dossier de photographies avant de vous en servir pour entraîner,
# 2. mettre de nouvelles têtes sur trois bases déjà entraînées : VGG-16, VGG-19 et MobileNetV2,
# 3. comparer la tête de 2014 (4 096 et 4 096 neurones) à une tête qui s'en passe,
# 4. commettre exprès quatre erreurs célèbres, et mesurer ce que coûte chacune,
# 5. enregistrer le réseau dans un petit fichier que tout le monde peut utiliser, et en faire une application.
#
# Le TP suit un rapport dont l'auteur reconnaît si les gens portent un masque. Ses photographies ne sont pas
# publiques ; les nôtres montrent des vêtements, de dix sortes. À la fin, vous pourrez mettre à leur place un
# dossier à vous.
#
# De préférence avec un GPU. Les résultats conservés viennent de deux cœurs de CPU et de **bases à nous**,
# entraînées sur CIFAR-100 comme au TP 4, et qui ont le quart de la largeur publiée (MobileNetV2 :
# la moitié). Avec un GPU et une connexion à
# Internet, prenez le profil `full` : les bases d'ImageNet, sur des photographies de 224×224.

# %% tags=["setup"] tasks=["S1.3"]
import labkit as lk

lk.setup(language="en")

from dataclasses import replace
from pathlib import Path

import keras
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

# %%
IMAGE_SIZE = lk.by_profile(smoke=32, course=64, full=224)
BASES = lk.by_profile(smoke="cifar100", course="cifar100", full="imagenet")
WIDTH = lk.by_profile(smoke=0.125, course=0.25, full=1.0)
BASE_PHOTOS = lk.by_profile(smoke=200, course=40_000, full=40_000)
BASE_EPOCHS = lk.by_profile(smoke=1, course=20, full=20)
HEAD_EPOCHS = lk.by_profile(smoke=1, course=10, full=5)
TUNE_EPOCHS = lk.by_profile(smoke=1, course=12, full=10)
FEW_PHOTOS = lk.by_profile(smoke=20, course=200, full=200)
FEW_EPOCHS = lk.by_profile(smoke=1, course=40, full=40)

# %%
ledger = lk.experiments.Ledger("photos.jsonl")

# %% [markdown] tags=["lang:en"]
# On Colab, what you write is lost with the machine. Whoever wants to keep it can connect their Google Drive, and write
# to `/content/drive/MyDrive`; nothing in this lab demands it.

# %% [markdown] tags=["lang:fr"]
# Sur Colab, ce que vous écrivez disparaît avec la machine. Qui veut le garder peut connecter son Google Drive, et
# écrire dans `/content/drive/MyDrive` ; rien dans ce TP ne l'exige.

# %% tags=["live"] tasks=["S1.3"]
from google.colab import drive

drive.mount("/content/drive")

# %% [markdown] tags=["lang:en"]
# ## 1. What is transferred
#
# A network that tells a thousand things apart has learnt edges, textures and parts on the way. These are of use for
# other things, too: take its convolutions, put a new head on them, and train the head only (**feature extraction**);
# then, perhaps, the upper convolutions a little, too (**fine-tuning**). Two advantages are claimed: training takes
# **less time**, and needs **fewer photographs**. Lab 4 has measured the second one on small pictures; here you will see
# what is left of both on photographs of another kind.
#
# VGG-16 and VGG-19 (Simonyan & Zisserman 2014) are the bases of the report. VGG-19 is VGG-16 with one convolution more
# in each of the blocks 3, 4 and 5.
#
# **Question.** How many parameters has VGG-19's convolutional part (`vgg19_base`), and how many the whole network as
# published (`vgg19_whole`), for 224×224×3, with `Dense` 4,096, 4,096 and 1,000? (VGG-16: 14,714,688 and 138,357,544.)

# %% [markdown] tags=["lang:fr"]
# ## 1. Ce qui est transféré
#
# Un réseau qui distingue mille choses a appris en chemin des contours, des textures et des parties d'objets. Cela sert
# aussi pour d'autres choses : prenez ses convolutions, mettez-leur une nouvelle tête et n'entraînez que celle-ci
# (**feature extraction**, l'extraction de caractéristiques) ; puis, peut-être, entraînez aussi un peu les dernières
# convolutions (**fine-tuning**). On prête à cette méthode deux avantages : l'apprentissage prend **moins de temps**, et
# demande **moins de photographies**. Le TP 4 a mesuré le second sur de petites images ; ici, vous verrez ce qui reste
# des deux sur des photographies d'une autre sorte.
#
# VGG-16 et VGG-19 (Simonyan & Zisserman 2014) sont les bases du rapport. VGG-19, c'est VGG-16 avec une convolution
# de plus dans chacun des blocs 3, 4 et 5.
#
# **Question.** Combien de paramètres a la partie convolutive de VGG-19 (`vgg19_base`), et combien le réseau entier
# tel que publié (`vgg19_whole`), pour 224×224×3, avec des couches `Dense` de 4 096, 4 096 et 1 000 ? (VGG-16 :
# 14 714 688 et 138 357 544.)

# %% question="photos.vgg19" tasks=["S1.2"]
### BEGIN SOLUTION
vgg19_base = 14_714_688 + (9 * 256 + 1) * 256 + 2 * (9 * 512 + 1) * 512
vgg19_whole = vgg19_base + (7 * 7 * 512 + 1) * 4096 + 4097 * 4096 + 4097 * 1000
### END SOLUTION

# %% tags=["check"]
lk.check("photos.vgg19", (vgg19_base, vgg19_whole))

# %% [markdown] tags=["lang:en"]
# ## 2. The photographs
#
# Look first, train later. `lk.data.load_photos` finds the folder `clothing_small`, or downloads it (3,781 photographs,
# 106 MB, collected by Alexey Grigorev and contributors, public domain). It opens every file once, turns photographs
# upright that were taken sideways, skips and names what cannot be read, and cuts each to a square of one size.

# %% [markdown] tags=["lang:fr"]
# ## 2. Les photographies
#
# Regarder d'abord, entraîner ensuite. `lk.data.load_photos` trouve le dossier `clothing_small`, ou le télécharge
# (3 781 photographies, 106 Mo, réunies par Alexey Grigorev et des contributeurs, domaine public). La fonction
# ouvre chaque fichier une fois, redresse les photographies prises de côté, écarte ce qui ne peut pas être lu en le
# nommant, et recadre chaque photographie en un carré, toujours de la même taille.

# %% tasks=["S1.4"]
photos = lk.data.load_photos("clothing_small", IMAGE_SIZE)
photos.report

# %% tasks=["S1.4"]
photos.report.counts

# %% tasks=["S1.4"]
_ = lk.plots.class_counts(photos)

# %% [markdown] tags=["lang:en"]
# The classes are unequal: whoever always says "t-shirt" is right in more than a quarter of the training photographs,
# and in a seventh of the test. Keep such a number in mind when you read an accuracy.

# %% [markdown] tags=["lang:fr"]
# Les classes sont inégales : qui répond toujours « t-shirt » a raison pour plus d'un quart des photographies
# d'apprentissage, et pour un septième de celles du test. Gardez un tel nombre en tête quand vous lisez une
# exactitude.

# %% tasks=["S1.4"]
_ = lk.plots.examples(photos, n=7)

# %% tasks=["S1.4"]
_ = lk.plots.photo_sizes(photos)

# %% [markdown] tags=["lang:en"]
# All sizes and proportions; the network wants one. The report stretches each photograph to 224×224 (`cv2.resize`),
# which makes people fat or thin. Here the middle is cut out, and nothing is stretched. (Our copy was made smaller
# beforehand: the shorter side has 128 pixels.)
#
# The report has 1,508 photographs in two folders, `with_mask` and `without_mask`. It splits off 20 % for the test
# (`train_test_split`, which rounds the test up), then 10 % of what is left for validation.
#
# **Question.** How many photographs are there for training, validation and test? Put the three numbers into `split`.

# %% [markdown] tags=["lang:fr"]
# Toutes les tailles et toutes les proportions ; le réseau n'en veut qu'une. Le rapport étire chaque photographie à
# 224×224 (`cv2.resize`), ce qui grossit ou amincit les gens. Ici, on découpe le milieu, et rien n'est étiré.
# (Notre copie a été réduite au préalable : le petit côté a 128 pixels.)
#
# Le rapport compte 1 508 photographies dans deux dossiers, `with_mask` et `without_mask`. Il en met 20 % de côté
# pour le test (`train_test_split`, qui arrondit le test vers le haut), puis 10 % de ce qui reste pour la
# validation.
#
# **Question.** Combien y a-t-il de photographies pour l'apprentissage, pour la validation et pour le test ? Mettez
# les trois nombres dans `split`.

# %% question="photos.split" tasks=["S1.4"]
### BEGIN SOLUTION
test = int(np.ceil(0.2 * 1508))
val = int(np.ceil(0.1 * (1508 - test)))
split = (1508 - test - val, val, test)
### END SOLUTION

# %% tags=["check"]
lk.check("photos.split", split)

# %% [markdown] tags=["lang:en"]
# A split is worth something only if nothing is on both sides. `from_folder` puts no file into two splits, and looks for
# photographs that are *nearly* the same: the same picture in another size, or from the same series.

# %% [markdown] tags=["lang:fr"]
# Une séparation ne vaut quelque chose que si rien ne se trouve des deux côtés. `from_folder` ne met aucun fichier
# dans deux parts à la fois, et cherche les photographies *presque* identiques : la même image dans une autre
# taille, ou prise dans la même série.

# %% tasks=["S1.4"]
photos.report.look_alikes

# %% tasks=["S1.4"]
pairs = photos.report.look_alikes.head(2)
files = photos.report.files.set_index("file")
shown = [files.loc[name] for name in [*pairs["first"], *pairs["second"]]]
if shown:
    x = np.stack([getattr(photos, f"x_{row['split']}")[row["index"]] for row in shown])
    _ = lk.plots.images(x, captions=[row["class"] for row in shown], columns=len(shown), source=photos.source)

# %% [markdown] tags=["lang:en"]
# In the stored run there is one pair: the same photograph, cut a little differently, once labelled "shorts" and once
# "skirt". Both are in the training folder, so the test is safe; but one of the two labels is wrong, and the network
# will be told both.
#
# **Question.** Suppose that 30 of the test photographs were also in the training folder. What would happen?
#
# - **a** nothing: the network does not see the test while it learns
# - **b** the training would fail
# - **c** the test accuracy would come out too high: part of it would be learnt by heart
# - **d** the test accuracy would come out too low

# %% [markdown] tags=["lang:fr"]
# Dans l'exécution conservée, il y a une paire : la même photographie, coupée un peu autrement, une fois avec le label «
# shorts » et une fois avec « skirt ». Les deux sont dans le dossier d'apprentissage, le test est donc sauf ; mais l'un
# des deux labels est faux, et on dira les deux au réseau.
#
# **Question.** Supposez que 30 des photographies de test soient aussi dans le dossier d'apprentissage. Que se
# passerait-il ?
#
# - **a** rien : le réseau ne voit pas le test pendant qu'il apprend
# - **b** l'apprentissage échouerait
# - **c** l'exactitude de test serait trop haute : une partie en serait apprise par cœur
# - **d** l'exactitude de test serait trop basse

# %% question="photos.leak" tasks=["S1.4"]
### BEGIN SOLUTION
leak = "c"
### END SOLUTION

# %% tags=["check"]
lk.check("photos.leak", leak)

# %% [markdown] tags=["lang:en"]
# ## 3. Augmentation
#
# Few photographs: let the network see each of them a little changed every time. The report uses `ImageDataGenerator`
# (rotation by up to 20 degrees, shifts by up to 20 % and mirroring), which Keras has given up. Today these are layers:
# they run inside the training, on the GPU where there is one, and only there.
#
# **Question.** `RandomRotation(turn)` turns by up to `turn` of a **full turn** in both directions. Which `turn` means
# 20 degrees?

# %% [markdown] tags=["lang:fr"]
# ## 3. L'augmentation
#
# Peu de photographies : faites voir chacune au réseau un peu changée à chaque fois. Le rapport emploie
# `ImageDataGenerator` (rotation de 20 degrés au plus, décalages de 20 % au plus, et miroir), que Keras a
# abandonné. Aujourd'hui, ce sont des couches : elles travaillent à l'intérieur de l'apprentissage, et là
# seulement, sur le GPU s'il y en a un.
#
# **Question.** `RandomRotation(turn)` tourne, dans les deux sens, de `turn` fois un **tour complet** au plus. Quel
# `turn` correspond à 20 degrés ?

# %% question="photos.turn" tasks=["S1.5"]
### BEGIN SOLUTION
turn = 20 / 360
### END SOLUTION

# %% tags=["check"]
lk.check("photos.turn", turn)

# %% tasks=["S1.5"]
augment = [
    keras.layers.RandomFlip("horizontal"),
    keras.layers.RandomRotation(turn),
    keras.layers.RandomTranslation(0.1, 0.1),
]
_ = lk.plots.augmentations(photos.x_train[0], augment, source=photos.source)

# %% [markdown] tags=["lang:en"]
# (We shift by 10 % only: our photographs are already cut.)
#
# **Question.** Which photographs are to be changed in this way?
#
# - **a** those of training
# - **b** those of training and of validation, so that they stay comparable
# - **c** all, the test's too
# - **d** those of the rare classes only

# %% [markdown] tags=["lang:fr"]
# (Nous ne décalons que de 10 % : nos photographies sont déjà recadrées.)
#
# **Question.** Quelles photographies faut-il changer ainsi ?
#
# - **a** celles de l'apprentissage
# - **b** celles de l'apprentissage et de la validation, pour qu'elles restent comparables
# - **c** toutes, celles du test aussi
# - **d** celles des classes rares seulement

# %% question="photos.augmented" tasks=["S1.5"]
### BEGIN SOLUTION
augmented = "a"
### END SOLUTION

# %% tags=["check"]
lk.check("photos.augmented", augmented)

# %% [markdown] tags=["lang:en"]
# ## 4. Three bases
#
# With `BASES = "imagenet"` the bases are those that Keras offers: trained on 1.28 million photographs of ImageNet.
# Without a network, or without a GPU, we make our own: trained on the 40,000 photographs of CIFAR-100 as in lab 4.
# `own_base` reads what has been trained already (lab 4 left `vgg_cifar100.keras`: put it beside this notebook) and
# trains what is missing. On two cores that takes half an hour for each base, on a T4 some minutes.
#
# The third base is younger. **MobileNetV2** (Sandler et al. 2018) splits each convolution into a thin one for each
# channel and a 1×1 one across the channels, normalises everywhere, and lets the signal bypass its blocks: made for
# telephones.

# %% [markdown] tags=["lang:fr"]
# ## 4. Trois bases
#
# Avec `BASES = "imagenet"`, les bases sont celles que Keras propose : entraînées sur 1,28 million de photographies
# d'ImageNet. Sans connexion, ou sans GPU, nous faisons les nôtres : entraînées sur les 40 000 photographies de
# CIFAR-100, comme au TP 4. `own_base` lit ce qui est déjà entraîné (le TP 4 a laissé `vgg_cifar100.keras` :
# mettez-le à côté de ce notebook) et entraîne ce qui manque. Sur deux cœurs, cela prend une demi-heure par base,
# sur un T4 quelques minutes.
#
# La troisième base est plus jeune. **MobileNetV2** (Sandler et al. 2018) décompose chaque convolution en une
# convolution mince, canal par canal, et une convolution 1×1 à travers les canaux ; il normalise partout, et laisse
# le signal contourner ses blocs : il est fait pour les téléphones.

# %% tasks=["S1.2"]
FILES = {
    "vgg16": "vgg_cifar100.keras",
    "vgg19": "vgg19_cifar100.keras",
    "mobilenetv2": "mobilenetv2_cifar100.keras",
}


def untrained(name):
    if name == "mobilenetv2":
        return keras.applications.MobileNetV2(
            (48, 48, 3), alpha=2 * WIDTH, weights=None, classes=100, name=name
        )
    build = {"vgg16": lk.models.vgg16, "vgg19": lk.models.vgg19}[name]
    head = (int(4096 * WIDTH),) * 2
    return build(100, (32, 32, 3), width=WIDTH, batch_norm=True, dropout=0.2, head=head)


# %% tasks=["S1.2"]
def train_base(name):
    cifar = (
        lk.data.load("cifar100", validation=0.2)
        .scaled()
        .subset(BASE_PHOTOS, n_val=max(100, BASE_PHOTOS // 20))
    )
    base = untrained(name)
    resized = keras.layers.Resizing(*base.input_shape[1:3])  # MobileNetV2 wants more than 32x32
    rate, momentum = (0.05, 0.9) if name == "mobilenetv2" else (0.1, 0.0)
    steps = BASE_EPOCHS * int(np.ceil(len(cifar.x_train) / 64))
    schedule = keras.optimizers.schedules.CosineDecay(rate, decay_steps=steps)
    run = lk.train(
        keras.Sequential([keras.Input((32, 32, 3)), resized, base]), cifar, epochs=BASE_EPOCHS, batch_size=64,
        optimizer=keras.optimizers.SGD(schedule, momentum=momentum), augment=keras.layers.RandomFlip("horizontal"),
        name=f"{name} on CIFAR-100", ledger=ledger,
    )  # fmt: skip
    print(run)
    return base


def own_base(name):
    """What has been trained is read; what is missing is trained."""
    path = Path(FILES[name])
    if not path.exists():
        train_base(name).save(path)
    return keras.models.load_model(path)


# %% tasks=["S1.2"]
bases = {name: name if BASES == "imagenet" else own_base(name) for name in FILES}

# %% [markdown] tags=["lang:en"]
# `lk.models.transfer` puts a head on a base, and freezes the base. The network takes pixels from 0 to 255 and prepares
# them itself, in the way in which its base was trained: section 7 shows why that matters.

# %% [markdown] tags=["lang:fr"]
# `lk.models.transfer` met une tête sur une base, et gèle la base. Le réseau prend des pixels de 0 à 255 et les
# prépare lui-même, comme l'étaient ceux sur lesquels sa base a été entraînée : la section 7 montre pourquoi c'est
# important.


# %% tasks=["S1.6"]
def with_head(name, **options):
    weights = "imagenet" if BASES == "imagenet" else None
    return lk.models.transfer(bases[name], photos.num_classes, photos.image_shape, weights=weights, **options)


# %% [markdown] tags=["lang:en"]
# How good is each base at what it was made for? (MobileNetV2 sees the photographs at 48×48.)

# %% [markdown] tags=["lang:fr"]
# Que vaut chaque base dans ce pour quoi elle est faite ? (MobileNetV2 voit les photographies en 48×48.)

# %% tasks=["S1.2"]
if BASES == "cifar100":
    cifar = (
        lk.data.load("cifar100")
        .scaled()
        .subset(100, n_test=lk.by_profile(smoke=100, course=10_000, full=10_000))
    )
    for name, base in bases.items():
        resized = keras.layers.Resizing(*base.input_shape[1:3])
        tested = lk.evaluate(keras.Sequential([keras.Input((32, 32, 3)), resized, base]), cifar)
        print(f"{name:12} {base.count_params():>9,} parameters  CIFAR-100 {tested.accuracy:.3f}")

# %% [markdown] tags=["lang:en"]
# In the stored run VGG-16 (2.2 million parameters) has 0.399 on CIFAR-100, VGG-19 (2.5 million) 0.346, MobileNetV2 (0.8
# million) 0.328; guessing has 0.010. Twenty epochs are a short training: the deeper network has not caught up, and the
# youngest one, which normally trains for hundreds of epochs, has learnt much by heart. The bases of ImageNet are far
# stronger: Keras states 71.3 % (top 1, 1,000 classes) for VGG-16 with 138 million parameters, 71.3 % for VGG-19 with
# 144 million, and 71.3 % for MobileNetV2 with 3.5 million. That is what some years have changed: not the accuracy, but
# what it costs.
#
# ## 5. Two heads
#
# The report takes the head of 2014: `Flatten`, `Dense` 4,096, `Dense` 4,096, `Dense` 2. Today one mostly takes **global
# average pooling**: of each map of the last block only its mean, and directly behind it the answers.
#
# **Question.** On VGG-16, frozen, for 224×224 and **two** classes: how many parameters has the report's network in all,
# and how many of them are trained? Put them into `report_total` and `report_trained`.

# %% [markdown] tags=["lang:fr"]
# Dans l'exécution conservée, VGG-16 (2,2 millions de paramètres) a 0,399 sur CIFAR-100, VGG-19 (2,5 millions) 0,346,
# MobileNetV2 (0,8 million) 0,328 ; deviner donne 0,010. Vingt époques, c'est un apprentissage court : le réseau plus
# profond n'a pas rattrapé l'autre, et le plus jeune, qu'on entraîne d'ordinaire pendant des centaines d'époques, a
# beaucoup appris par cœur. Les bases d'ImageNet sont bien plus fortes : Keras annonce 71,3 % (top 1, 1 000 classes)
# pour VGG-16 avec 138 millions de paramètres, 71,3 % pour VGG-19 avec 144 millions, et 71,3 % pour MobileNetV2 avec 3,5
# millions. Voilà ce que quelques années ont changé : non pas l'exactitude, mais ce qu'elle coûte.
#
# ## 5. Deux têtes
#
# Le rapport prend la tête de 2014 : `Flatten`, `Dense` 4 096, `Dense` 4 096, `Dense` 2. Aujourd'hui, on prend le
# plus souvent un **global average pooling** : de chaque carte du dernier bloc, rien que la moyenne, et juste
# derrière, les réponses.
#
# **Question.** Sur un VGG-16 gelé, pour 224×224 et **deux** classes : combien de paramètres le réseau du rapport
# a-t-il en tout, et combien d'entre eux sont entraînés ? Mettez-les dans `report_total` et `report_trained`.

# %% question="photos.report_parameters" tasks=["S1.6"]
### BEGIN SOLUTION
report_trained = (7 * 7 * 512 + 1) * 4096 + 4097 * 4096 + 4097 * 2
report_total = 14_714_688 + report_trained
### END SOLUTION

# %% tags=["check"]
lk.check("photos.report_parameters", (report_total, report_trained))

# %% [markdown] tags=["lang:en"]
# **Question.** And with global average pooling and `Dense` 2? `pooled_total` and `pooled_trained`.

# %% [markdown] tags=["lang:fr"]
# **Question.** Et avec un global average pooling et `Dense` 2 ? `pooled_total` et `pooled_trained`.

# %% question="photos.pooled_parameters" tasks=["S1.6"]
### BEGIN SOLUTION
pooled_trained = 512 * 2 + 2
pooled_total = 14_714_688 + pooled_trained
### END SOLUTION

# %% tags=["check"]
lk.check("photos.pooled_parameters", (pooled_total, pooled_trained))

# %% [markdown] tags=["lang:en"]
# Now both on our photographs. **Question.** Build `wide_net` with `with_head("vgg16", head=...)`, two hidden `Dense`
# layers of `int(4096 * WIDTH)` neurons, and `pooled_net` with `head=()` and `pooling="avg"`. How many parameters of
# `pooled_net` does training change (`learning`)? `lk.models.freeze(net)` tells.

# %% [markdown] tags=["lang:fr"]
# Maintenant les deux, sur nos photographies. **Question.** Construisez `wide_net` avec
# `with_head("vgg16", head=...)`, deux couches `Dense` cachées de `int(4096 * WIDTH)` neurones, et `pooled_net`
# avec `head=()` et `pooling="avg"`. Combien de paramètres de `pooled_net` l'apprentissage change-t-il
# (`learning`) ? `lk.models.freeze(net)` le dit.

# %% question="photos.heads" tasks=["S1.6"]
### BEGIN SOLUTION
wide_net = with_head("vgg16", head=(int(4096 * WIDTH),) * 2)
pooled_net = with_head("vgg16", head=(), pooling="avg")
learning = lk.models.freeze(pooled_net)
### END SOLUTION

# %% tags=["check"]
lk.check("photos.heads", learning)

# %% tasks=["S1.6"]
print(f"wide head: {wide_net.count_params():,} parameters, {lk.models.freeze(wide_net):,} of them trained")
print(f"pooled:    {pooled_net.count_params():,} parameters, {learning:,} of them trained")

# %% [markdown] tags=["lang:en"]
# The report saves the weights whenever the validation accuracy is better than before: Keras's `ModelCheckpoint`. So a
# training that goes wrong at its end costs nothing.
#
# **Question.** The validation accuracies of five epochs are 0.71, 0.75, 0.74, 0.75 and 0.73. Of which epoch (1 to 5)
# are the weights in the file in the end? Put it into `kept`.

# %% [markdown] tags=["lang:fr"]
# Le rapport enregistre les poids chaque fois que l'exactitude de validation est meilleure qu'avant : c'est le
# `ModelCheckpoint` de Keras. Un apprentissage qui finit mal ne coûte donc rien.
#
# **Question.** Les exactitudes de validation de cinq époques sont 0,71, 0,75, 0,74, 0,75 et 0,73. De quelle époque
# (1 à 5) sont les poids qui se trouvent à la fin dans le fichier ? Mettez-la dans `kept`.

# %% question="photos.checkpoint" tasks=["S1.7"]
### BEGIN SOLUTION
kept = 2
### END SOLUTION

# %% tags=["check"]
lk.check("photos.checkpoint", kept)


# %% tasks=["S1.7"]
def best_epoch(file):
    return keras.callbacks.ModelCheckpoint(
        file, monitor="val_accuracy", mode="max", save_best_only=True, save_weights_only=True
    )


# %% tasks=["S1.7"]
run_wide = lk.train(
    wide_net, photos, epochs=HEAD_EPOCHS, batch_size=32, learning_rate=1e-3, augment=augment,
    callbacks=[best_epoch("wide.weights.h5")], name="VGG-16, wide head, frozen", ledger=ledger,
)  # fmt: skip
run_pooled = lk.train(
    pooled_net, photos, epochs=HEAD_EPOCHS, batch_size=32, learning_rate=1e-3, augment=augment,
    callbacks=[best_epoch("pooled.weights.h5")], name="VGG-16, pooled, frozen", ledger=ledger,
)  # fmt: skip

# %% tags=["check"]
lk.check("photos.frozen", run_wide)

# %% tasks=["S1.8"]
_ = lk.plots.learning_curves({"wide head": run_wide, "pooled": run_pooled})

# %% [markdown] tags=["lang:en"]
# On the frozen base the wide head is far ahead: 0.540 against 0.425 on validation. It has 1.6 million numbers to
# combine what the base says, and it knows *where* in the picture something was; the pooled one has 1,290, and only the
# mean of each map. Our base is a weak one, and what it says was made for other classes.
#
# Now fine-tuning: the convolutions from block 3 on learn, too, with a small learning rate, from the best epoch of
# before.

# %% [markdown] tags=["lang:fr"]
# Sur la base gelée, la tête large est loin devant : 0,540 contre 0,425 en validation. Elle a 1,6 million de nombres
# pour combiner ce que dit la base, et elle sait *où* dans l'image se trouvait quelque chose ; l'autre (pooled) en a 1
# 290, et seulement la moyenne de chaque carte. Notre base est faible, et ce qu'elle dit a été fait pour d'autres
# classes.
#
# Maintenant le fine-tuning : les convolutions apprennent aussi, à partir du bloc 3, avec un petit taux
# d'apprentissage, en partant de la meilleure époque précédente.

# %% tasks=["S1.6", "S1.7"]
wide_net.load_weights("wide.weights.h5")
pooled_net.load_weights("pooled.weights.h5")
tuned = {}
for name, net in {"wide": wide_net, "pooled": pooled_net}.items():
    lk.models.unfreeze(net, "block3")
    tuned[name] = lk.train(
        net, photos, epochs=TUNE_EPOCHS, batch_size=32, learning_rate=3e-4, augment=augment,
        callbacks=[best_epoch(f"{name}_tuned.weights.h5")], name=f"VGG-16, {name}, fine-tuned", ledger=ledger,
    )  # fmt: skip
    net.load_weights(f"{name}_tuned.weights.h5")

# %% tags=["check"]
lk.check("photos.tuned", tuned["pooled"])

# %% tasks=["S1.8"]
_ = lk.plots.learning_curves({"wide head": tuned["wide"], "pooled": tuned["pooled"]})

# %% tasks=["S1.9"]
scores = {
    f"{name}, {split}": lk.evaluate(net, photos, split).accuracy
    for name, net in {"wide": wide_net, "pooled": pooled_net}.items()
    for split in ("val", "test")
}
pd.Series(scores).round(3)

# %% [markdown] tags=["lang:en"]
# As soon as the base may learn, the lead is gone: on validation 0.760 for the pooled head, 0.736 for the wide one; on
# the test 0.766 and 0.750. The base has learnt to put into the means of its maps what the answers need. The wide head
# has the larger validation loss (above, on the left): its 1.6 million parameters learn photographs by heart.
#
# **Question.** The test has 372 photographs. By how much does an accuracy of 0.77 vary by chance alone (its standard
# error, √(p(1-p)/n))? Put it into `error`.

# %% [markdown] tags=["lang:fr"]
# Dès que la base peut apprendre, l'avance a disparu : en validation 0,760 pour la tête « pooled », 0,736 pour la tête
# large ; sur le test 0,766 et 0,750. La base a appris à mettre dans les moyennes de ses cartes ce dont les réponses ont
# besoin. La tête large a la perte de validation la plus grande (ci-dessus, à gauche) : son 1,6 million de paramètres
# apprend des photographies par cœur.
#
# **Question.** Le jeu de test a 372 photographies. De combien une exactitude de 0,77 varie-t-elle par le seul
# hasard (son erreur type, √(p(1-p)/n)) ? Mettez-la dans `error`.

# %% question="photos.error" tasks=["S1.9"]
### BEGIN SOLUTION
error = np.sqrt(0.77 * 0.23 / 372)
### END SOLUTION

# %% tags=["check"]
lk.check("photos.error", error)

# %% [markdown] tags=["lang:en"]
# ## 6. Three bases compared
#
# The same with the other two: pooled head, first frozen, then fine-tuned from about a third of the depth. And, as a
# measure of what the bases are worth, the same VGG-16 **from scratch**: its weights thrown away.

# %% [markdown] tags=["lang:fr"]
# ## 6. Trois bases comparées
#
# La même chose avec les deux autres : la tête à global average pooling, d'abord sur une base gelée, puis le
# fine-tuning à partir d'un tiers environ de la profondeur. Et, pour mesurer ce que valent les bases, le même
# VGG-16 **de zéro** (from scratch) : ses poids sont jetés.

# %% tasks=["S1.2", "S1.6"]
FROM = {"vgg16": "block3", "vgg19": "block3", "mobilenetv2": "block_6"}
nets = {"vgg16": pooled_net}
for name in ("vgg19", "mobilenetv2"):
    nets[name] = with_head(name, head=(), pooling="avg")
    weights = f"{name}.weights.h5"
    for stage, epochs, rate in (("frozen", HEAD_EPOCHS, 1e-3), ("fine-tuned", TUNE_EPOCHS, 3e-4)):
        if stage == "fine-tuned":
            lk.models.unfreeze(nets[name], FROM[name])
        _ = lk.train(
            nets[name], photos, epochs=epochs, batch_size=32, learning_rate=rate, augment=augment,
            callbacks=[best_epoch(weights)], name=f"{name}, {stage}", ledger=ledger,
        )  # fmt: skip
        nets[name].load_weights(weights)


# %% tasks=["S1.1"]
def from_scratch():
    """The same network without what its base knows; all of it learns, its normalisations, too."""
    forgetful = keras.models.clone_model(bases["vgg16"]) if BASES == "cifar100" else "vgg16"
    net = lk.models.transfer(
        forgetful,
        photos.num_classes,
        photos.image_shape,
        weights=None,
        head=(),
        pooling="avg",
        trainable_from="block1",
    )
    for layer in net.layers:
        layer.trainable = True
    return net


# %% tasks=["S1.1"]
scratch_net = from_scratch()
run_scratch = lk.train(
    scratch_net, photos, epochs=HEAD_EPOCHS + TUNE_EPOCHS, batch_size=32, learning_rate=1e-3, augment=augment,
    name="VGG-16 from scratch", ledger=ledger,
)  # fmt: skip

# %% tasks=["S1.6", "S1.9"]
rows = {}
for name, net in {**nets, "vgg16 from scratch": scratch_net}.items():
    rows[name] = {
        "parameters": net.count_params(),
        "val": lk.evaluate(net, photos, "val").accuracy,
        "test": lk.evaluate(net, photos).accuracy,
    }
pd.DataFrame(rows).T.round(3).astype({"parameters": int})

# %% [markdown] tags=["lang:en"]
# Among the trained bases the order is the one that they had on CIFAR-100: VGG-16 0.766, VGG-19 0.715, MobileNetV2 0.530
# on the test. A base is worth what it was trained to be; with weights from ImageNet the order would be another one.
# MobileNetV2 was the quickest, though: its frozen and fine-tuned epochs took half of VGG-16's time.
#
# From scratch, all its layers learning for as many epochs: 0.723.

# %% [markdown] tags=["lang:fr"]
# Entre les bases entraînées, l'ordre est celui qu'elles avaient sur CIFAR-100 : VGG-16 0,766, VGG-19 0,715, MobileNetV2
# 0,530 sur le test. Une base vaut ce que vaut son apprentissage ; avec les poids d'ImageNet, l'ordre serait un autre.
# MobileNetV2 était pourtant le plus rapide : ses époques, gelées ou non, ont pris la moitié du temps de celles de
# VGG-16.
#
# De zéro, toutes les couches apprenant pendant autant d'époques : 0,723.

# %% tasks=["S1.1", "S1.8"]
pooled_runs = [run_pooled, tuned["pooled"]]
curve = np.concatenate([run.history["val_accuracy"] for run in pooled_runs])
fig, ax = plt.subplots(figsize=(7, 3.6))
ax.plot(range(1, len(curve) + 1), curve, "o-", label="trained base")
ax.plot(
    range(1, len(run_scratch.history["val_accuracy"]) + 1),
    run_scratch.history["val_accuracy"],
    "s--",
    label="from scratch",
)
ax.axvline(HEAD_EPOCHS + 0.5, color="grey", lw=0.8)
ax.set(xlabel="epoch", ylabel="validation accuracy")
ax.legend(frameon=False)
_ = lk.plots.sign(ax, photos.source)

# %% [markdown] tags=["lang:en"]
# With 3,068 photographs the network from scratch comes close: 0.748 on validation in its best epoch (the 20th), 0.723
# on the test; the one with the trained base has 0.760 and 0.766, and the difference on the test (0.043) is about twice
# the standard error of each. What the base has saved is **time**. Counted in seconds, the ten frozen epochs included,
# it is at 0.60 after 106 (from scratch: 136), at 0.70 after 152 (214), at 0.74 after 275 (331). A base from ImageNet,
# which has seen thirty times as many photographs in seven times the size, would be worth more.
#
# So much for 3,068 photographs. And with 200?

# %% [markdown] tags=["lang:fr"]
# Avec 3 068 photographies, le réseau parti de zéro s'approche : 0,748 en validation à sa meilleure époque (la 20e),
# 0,723 sur le test ; celui à la base entraînée a 0,760 et 0,766, et la différence sur le test (0,043) fait environ deux
# fois l'erreur type de chacune. Ce que la base a épargné, c'est du **temps**. En secondes, les dix époques gelées
# comprises, il est à 0,60 après 106 (de zéro : 136), à 0,70 après 152 (214), à 0,74 après 275 (331). Une base
# d'ImageNet, qui a vu trente fois plus de photographies et sept fois plus grandes, vaudrait davantage.
#
# Voilà pour 3 068 photographies. Et avec 200 ?

# %% tasks=["S1.1"]
few = photos.subset(FEW_PHOTOS)
few_nets = {
    "trained base": with_head("vgg16", head=(), pooling="avg", trainable_from="block3"),
    "from scratch": from_scratch(),
}
for layer in few_nets["from scratch"].layers:
    if isinstance(layer, keras.layers.BatchNormalization):
        layer.momentum = 0.9  # few steps: its moving averages have to follow faster than usual
for name, net in few_nets.items():
    run = lk.train(
        net, few, epochs=FEW_EPOCHS, batch_size=32, learning_rate=3e-4 if name == "trained base" else 1e-3,
        augment=augment, name=f"few photographs, {name}", ledger=ledger,
    )  # fmt: skip
    print(f"{len(few.x_train)} photographs, {name}: test {lk.evaluate(net, few).accuracy:.3f}")

# %% [markdown] tags=["lang:en"]
# With 200 photographs, 20 a class on average: 0.366 with the trained base, 0.363 from scratch. On the test that is no
# difference; on validation there is one, 0.419 against 0.370 (table at the end), about two standard errors. Lab 4 had
# found much more: there the base was worth ten times as many labels. But there base and task resembled each other,
# CIFAR-100 and CIFAR-10, in the same size. **What a base is worth depends on how near its pictures are to yours**
# (Yosinski et al. 2014), and ours has never seen 64×64 pixels, nor a garment on a bed.
#
# **Question.** Which network do you take? Put the one with the best **validation** accuracy into `best_net` (why not
# the best test accuracy?).

# %% [markdown] tags=["lang:fr"]
# Avec 200 photographies, 20 par classe en moyenne : 0,366 avec la base entraînée, 0,363 en partant de zéro. Sur le
# test, ce n'est pas une différence ; en validation il y en a une, 0,419 contre 0,370 (table de la fin), environ deux
# erreurs types. Le TP 4 avait trouvé bien davantage : la base y valait dix fois plus de labels. Mais là, la base et la
# tâche se ressemblaient, CIFAR-100 et CIFAR-10, à la même taille. **Ce que vaut une base dépend de la proximité de ses
# images avec les vôtres** (Yosinski et al. 2014), et la nôtre n'a jamais vu 64×64 pixels, ni un vêtement sur un lit.
#
# **Question.** Quel réseau prenez-vous ? Mettez celui qui a la meilleure exactitude de **validation** dans
# `best_net` (pourquoi pas la meilleure exactitude de test ?).

# %% question="photos.best" tasks=["S1.9"]
### BEGIN SOLUTION
best_name = max(nets, key=lambda name: rows[name]["val"])
best_net = nets[best_name]
### END SOLUTION

# %% tasks=["S1.9"]
result = lk.evaluate(best_net, photos)
print(result)

# %% tags=["check"]
lk.check("photos.best", result)

# %% tasks=["S1.10"]
_ = lk.plots.confusion_matrix(result)

# %% tasks=["S1.10"]
result.most_confused(8)

# %% tasks=["S1.10"]
_ = lk.plots.errors(photos.x_test, result, n=10)

# %% [markdown] tags=["lang:en"]
# Pants (42 of 42) and shoes (67 of 73) are nearly always recognised. Coats (`outwear`) are the hardest: only 13 of 38,
# most of the others are taken for `longsleeve` or `shirt`, and that is what they are: something with long sleeves, open
# in front. Look at the errors: some of them are questions of taste, and some labels are debatable. Where classes
# overlap, no network gets 100 %.
#
# ## 7. Four mistakes, measured
#
# The report makes four mistakes that are made everywhere. None of them raises an error; each costs accuracy in silence.
#
# **First: normalised on one side only.** The report's `ImageDataGenerator` subtracts the mean of the training
# photographs and divides by their deviation (`featurewise_center`, `featurewise_std_normalization`), but only for
# training; validation and test come as they are. The report had 0.996 in training and 0.942 in validation. Here, with
# pixels / 255 on the other side:

# %% [markdown] tags=["lang:fr"]
# Les pantalons (42 sur 42) et les chaussures (67 sur 73) sont presque toujours reconnus. Les manteaux (`outwear`) sont
# les plus difficiles : 13 sur 38 seulement, la plupart des autres sont pris pour `longsleeve` ou `shirt`, et c'est bien
# ce qu'ils sont : quelque chose à manches longues, ouvert devant. Regardez les erreurs : certaines sont affaire de
# goût, et certains labels se discutent. Là où les classes se recouvrent, aucun réseau n'atteint 100 %.
#
# ## 7. Quatre erreurs, mesurées
#
# Le rapport fait quatre erreurs que l'on fait partout. Aucune ne déclenche de message d'erreur ; chacune coûte de
# l'exactitude, en silence.
#
# **La première : normaliser d'un seul côté.** L'`ImageDataGenerator` du rapport soustrait la moyenne des
# photographies d'apprentissage et divise par leur écart-type (`featurewise_center`,
# `featurewise_std_normalization`), mais seulement pour l'apprentissage ; la validation et le test arrivent tels
# quels. Le rapport avait 0,996 en apprentissage et 0,942 en validation. Ici, avec des pixels / 255 de l'autre
# côté :

# %% tasks=["S1.5"]
mean, deviation = (getattr(photos.x_train, part)(axis=(0, 1, 2)) for part in ("mean", "std"))


def normalised(x):
    return ((x - mean) / deviation).astype("float32")


scaled = photos.scaled()
one_sided = replace(scaled, x_train=normalised(photos.x_train))
one_sided_net = with_head("vgg16", head=(), pooling="avg", preprocessing="none")
run_one_sided = lk.train(
    one_sided_net,
    one_sided,
    epochs=HEAD_EPOCHS,
    batch_size=32,
    learning_rate=1e-3,
    name="one-sided",
    ledger=ledger,
)
both_sides = replace(scaled, x_test=normalised(photos.x_test))
print(f"training, normalised:  {run_one_sided.last('accuracy'):.3f}")
print(f"validation, as it is:  {run_one_sided.last('val_accuracy'):.3f}")
print(f"test, as it is:        {lk.evaluate(one_sided_net, scaled).accuracy:.3f}")
print(f"test, normalised:      {lk.evaluate(one_sided_net, both_sides).accuracy:.3f}")

# %% [markdown] tags=["lang:en"]
# 0.375 on what it was trained on, 0.249 on validation and 0.196 on the test, as they are; and the *same* network, on
# the *same* test photographs, has 0.293 as soon as they are prepared in the same way. So of the gap of 0.18 more than
# half is no over-fitting at all. No line of the training shows which part is which.
#
# **Question.** A training shows 0.99 and its validation 0.75. Which experiment tells *over-fitting* from *prepared
# differently*?
#
# - **a** training for longer
# - **b** evaluating the **training** photographs, prepared in the way in which the validation ones are
# - **c** a larger validation split
# - **d** a smaller learning rate

# %% [markdown] tags=["lang:fr"]
# 0,375 sur ce qui a servi à l'entraîner, 0,249 en validation et 0,196 sur le test, tels quels ; et le *même* réseau,
# sur les *mêmes* photographies de test, a 0,293 dès qu'elles sont préparées de la même façon. Sur l'écart de 0,18, plus
# de la moitié n'est donc pas du tout du surapprentissage. Aucune ligne de l'entraînement ne dit quelle part est
# laquelle.
#
# **Question.** Un apprentissage montre 0,99, et sa validation 0,75. Quelle expérience distingue le
# *sur-apprentissage* d'une *préparation différente* ?
#
# - **a** entraîner plus longtemps
# - **b** évaluer les photographies d'**apprentissage**, préparées comme le sont celles de validation
# - **c** une plus grande part de validation
# - **d** un taux d'apprentissage plus petit

# %% question="photos.one_sided" tasks=["S1.5"]
### BEGIN SOLUTION
one_sided_test = "b"
### END SOLUTION

# %% tags=["check"]
lk.check("photos.one_sided", one_sided_test)

# %% [markdown] tags=["lang:en"]
# **Second: pixels that the base has never seen.** The report divides by 255; the weights of VGG want blue, green and
# red, in this order, from 0 to 255, minus the mean of ImageNet. **Third: OpenCV** reads photographs as blue, green,
# red. In the report both mistakes stay hidden, as training and webcam make the same ones; they show as soon as a
# photograph comes from elsewhere. What `best_net` says of test photographs that were prepared otherwise than it was
# taught:

# %% [markdown] tags=["lang:fr"]
# **La deuxième : des pixels que la base n'a jamais vus.** Le rapport divise par 255 ; les poids de VGG veulent du
# bleu, du vert et du rouge, dans cet ordre, de 0 à 255, moins la moyenne d'ImageNet. **La troisième : OpenCV** lit
# les photographies en bleu, vert, rouge. Dans le rapport, ces deux erreurs restent cachées, car l'apprentissage et
# la webcam font les mêmes ; elles se voient dès qu'une photographie vient d'ailleurs. Voici ce que `best_net`
# répond sur des photographies de test préparées autrement qu'on ne le lui a appris :

# %% tasks=["S1.6"]
prepared = {
    "as taught": photos.x_test,
    "red and blue swapped": photos.x_test[..., ::-1],
    "/ 255 twice": (photos.x_test / 255).astype("float32"),
    "stretched": np.repeat(photos.x_test, 2, axis=2)[:, :, IMAGE_SIZE // 2 : -IMAGE_SIZE // 2],
}
accuracy = {name: lk.evaluate(best_net, replace(photos, x_test=x)).accuracy for name, x in prepared.items()}
pd.Series(accuracy).round(3)

# %% tasks=["S1.6"]
x = np.stack([pixels[0].astype("float32") for pixels in prepared.values()])
_ = lk.plots.images(x / 255, captions=list(prepared), columns=4, source=photos.source)

# %% [markdown] tags=["lang:en"]
# Divided by 255 once more, the photographs are black to the network: 0.032, worse than guessing (it says the same of
# all of them). Red and blue exchanged cost 6 points, few, since clothes come in all colours; where colour matters, it
# is more. Proportions that it has never seen: 0.312. And not one error message.
#
# **Question.** `frame` is what `cv2.VideoCapture(0).read()` has returned. Which line gives what a network wants that
# has learnt from RGB?
#
# - **a** `frame / 255`
# - **b** `frame[::-1]`
# - **c** `frame[..., ::-1]`
# - **d** `frame.T`

# %% [markdown] tags=["lang:fr"]
# Divisées une fois de plus par 255, les photographies sont noires pour le réseau : 0,032, moins que deviner (il dit la
# même chose de toutes). Rouge et bleu échangés coûtent 6 points, c'est peu, car les vêtements ont toutes les couleurs ;
# là où la couleur compte, c'est davantage. Des proportions qu'il n'a jamais vues : 0,312. Et pas un seul message
# d'erreur.
#
# **Question.** `frame` est ce que `cv2.VideoCapture(0).read()` a renvoyé. Quelle ligne donne ce que veut un réseau
# qui a appris sur du RGB ?
#
# - **a** `frame / 255`
# - **b** `frame[::-1]`
# - **c** `frame[..., ::-1]`
# - **d** `frame.T`

# %% question="photos.bgr" tasks=["S1.12"]
### BEGIN SOLUTION
bgr = "c"
### END SOLUTION

# %% tags=["check"]
lk.check("photos.bgr", bgr)

# %% [markdown] tags=["lang:en"]
# **Fourth: the preprocessing lives outside of the model.** The report's webcam script repeats resizing and scaling by
# hand. Whoever changes one of the two places makes the mistakes above. So: put it *into* the model.
#
# ## 8. The file
#
# The report saves its network as `.h5`, "1.4 GB". **Question.** Where do these come from? Put into `gigabytes` how
# large the file is (in billions of bytes): 4 bytes a number; the weights of the whole network, and for each *trained*
# weight two numbers more, which Adam remembers. (From section 5: 134,268,738 in all, 119,554,050 of them trained.)

# %% [markdown] tags=["lang:fr"]
# **La quatrième : le prétraitement vit hors du modèle.** Le script de webcam du rapport refait à la main le
# changement de taille et la mise à l'échelle. Qui ne change que l'un des deux endroits fait les erreurs ci-dessus.
# Donc : mettez-le *dans* le modèle.
#
# ## 8. Le fichier
#
# Le rapport enregistre son réseau en `.h5` : « 1,4 Go ». **Question.** D'où viennent-ils ? Mettez dans `gigabytes`
# la taille du fichier (en milliards d'octets) : 4 octets par nombre ; les poids du réseau entier, et pour chaque
# poids *entraîné* deux nombres de plus, qu'Adam garde en mémoire. (D'après la section 5 : 134 268 738 en tout,
# dont 119 554 050 entraînés.)

# %% question="photos.file_size" tasks=["S1.11"]
### BEGIN SOLUTION
gigabytes = (134_268_738 + 2 * 119_554_050) * 4 / 1e9
### END SOLUTION

# %% tags=["check"]
lk.check("photos.file_size", gigabytes)

# %% [markdown] tags=["lang:en"]
# (In units of 2³⁰ bytes 1.39: that is what the file manager showed.) Written for real, by `benchmarks/file_sizes.py`:
#
# | head on VGG-16, 224×224 | written by | file |
# |---|---|---|
# | `Dense` 4,096, 4,096, 2 | `model.save("model.h5")`, as in the report | 1,494 MB |
# | `Dense` 4,096, 4,096, 2 | `lk.save(...)`, without the optimizer | 537 MB |
# | average of each map, `Dense` 2 | `lk.save(...)` | 59 MB |
#
# And ours:

# %% [markdown] tags=["lang:fr"]
# (En unités de 2³⁰ octets, 1,39 : c'est ce que montrait le gestionnaire de fichiers.) Écrits pour de bon, par
# `benchmarks/file_sizes.py` :
#
# | tête sur VGG-16, 224×224 | écrit par | fichier |
# |---|---|---|
# | `Dense` 4 096, 4 096, 2 | `model.save("model.h5")`, comme dans le rapport | 1 494 Mo |
# | `Dense` 4 096, 4 096, 2 | `lk.save(...)`, sans l'optimiseur | 537 Mo |
# | moyenne de chaque carte, `Dense` 2 | `lk.save(...)` | 59 Mo |
#
# Et les nôtres :

# %% tasks=["S1.11"]
path = lk.save(best_net, "clothing.keras", photos)
wide_path = lk.save(wide_net, "wide.keras", photos, optimizer=True)
for file in (wide_path, path):
    print(f"{file.name:15} {file.stat().st_size / 1e6:6.1f} MB")

# %% [markdown] tags=["lang:en"]
# `lk.save` writes one `.keras` file: the network, its preprocessing in it, the names of its classes, and no memory of
# the optimizer unless you ask for it. `lk.load` reads it, in Keras's safe mode: nothing in the file is run as code.

# %% [markdown] tags=["lang:fr"]
# `lk.save` écrit un seul fichier `.keras` : le réseau avec son prétraitement, les noms de ses classes, et rien de
# la mémoire de l'optimiseur, sauf si vous la demandez. `lk.load` le lit, dans le mode sûr de Keras : rien de ce
# que contient le fichier n'est exécuté comme du code.

# %% tasks=["S1.11"]
classifier = lk.load(path)
again = classifier.probabilities(photos.x_test[:32])
difference = np.abs(again - best_net.predict(photos.x_test[:32], verbose=0)).max()
print(classifier)
print(f"largest difference after saving and loading: {difference:g}")

# %% [markdown] tags=["lang:en"]
# ## 9. The application
#
# First on single images, which the report left out. `classifier.predict` takes a file, a Pillow image or an array, of
# any size:

# %% [markdown] tags=["lang:fr"]
# ## 9. L'application
#
# D'abord sur des images isolées, ce que le rapport n'a pas fait. `classifier.predict` prend un fichier, une image
# Pillow ou un tableau, de n'importe quelle taille :

# %% tasks=["S1.12"]
answers = classifier.predict(photos.x_test[0])
ax = pd.Series(answers).head(5)[::-1].plot.barh(figsize=(5, 2.2), xlim=(0, 1), xlabel="probability")
_ = lk.plots.sign(ax, photos.source)

# %% [markdown] tags=["lang:en"]
# Does it look at the garment, or at the background? Grad-CAM++ (lab 6 explains it) shows which cells of the last maps
# speak for the answer:

# %% [markdown] tags=["lang:fr"]
# Le réseau regarde-t-il le vêtement, ou l'arrière-plan ? Grad-CAM++ (le TP 6 l'explique) montre quelles cases des
# dernières cartes parlent en faveur de la réponse :

# %% tasks=["S1.12"]
some = [int(np.flatnonzero(photos.y_test == label)[0]) for label in range(6)]
found = lk.explain.explain(best_net, photos.x_test[some])
_ = lk.plots.plot_explanation(found, class_names=photos.class_names, source=photos.source)

# %% [markdown] tags=["lang:en"]
# Mostly at the garment: the brightest cells lie upon it. But there are only 4×4 of them, and a cell is sixteen pixels
# wide. (The first photograph shows a dress, and the network says "t-shirt".)
#
# Now the application: a page with webcam, upload and examples. In the report it is a script of thirty lines around
# `cv2.VideoCapture(0)`, which works on one's own machine only. `lk.app.demo` opens a page in the browser. On Colab it
# makes a **public link**, which works on your telephone, too: whoever has the link can use the page until you close it.

# %% [markdown] tags=["lang:fr"]
# Surtout le vêtement : les cellules les plus claires sont sur lui. Mais il n'y en a que 4×4, et une cellule a seize
# pixels de large. (La première photographie montre une robe, et le réseau dit « t-shirt ».)
#
# Maintenant l'application : une page avec webcam, envoi de fichiers et exemples. Dans le rapport, c'est un script
# de trente lignes autour de `cv2.VideoCapture(0)`, qui ne marche que sur votre propre machine. `lk.app.demo` ouvre
# une page dans le navigateur. Sur Colab, elle crée un **lien public**, qui marche aussi sur votre téléphone : qui
# a le lien peut se servir de la page jusqu'à ce que vous la fermiez.

# %% tasks=["S1.12"]
Path("examples").mkdir(exist_ok=True)
for i in some:
    keras.utils.save_img(f"examples/{photos.class_names[photos.y_test[i]]}.png", photos.x_test[i])

# %% tags=["live"] tasks=["S1.12"]
page = lk.app.demo("clothing.keras", examples="examples")
page

# %% tags=["live"] tasks=["S1.12"]
page.close()

# %% [markdown] tags=["lang:en"]
# In a terminal: `labkit app clothing.keras --examples examples`. It wants Gradio: `pip install gradio`.
#
# ![The page](../../images/app.png)
#
# ## 10. Your own photographs
#
# Any folder will do that has one folder for each class; a zip of it, too. With masks, for instance:
#
# ```python
# photos = lk.data.from_folder("masks.zip", IMAGE_SIZE)  # splits by itself, stratified
# photos.report
# ```
#
# Then run the notebook from section 3 on. Fifty photographs of each class are enough for a first try.
#
# **Question (in your own words).** The two advantages that are claimed for transfer learning, less time and fewer
# photographs: what do *your* figures say? And which head would you take, and why?

# %% [markdown] tags=["lang:fr"]
# Dans un terminal : `labkit app clothing.keras --examples examples`. Il faut Gradio : `pip install gradio`.
#
# ![La page](../../images/app.png)
#
# ## 10. Vos propres photographies
#
# Tout dossier convient s'il contient un dossier par classe ; un zip d'un tel dossier aussi. Avec des masques, par
# exemple :
#
# ```python
# photos = lk.data.from_folder("masks.zip", IMAGE_SIZE)  # splits by itself, stratified
# photos.report
# ```
#
# Puis exécutez le notebook à partir de la section 3. Cinquante photographies par classe suffisent pour un premier
# essai.
#
# **Question (avec vos mots).** Les deux avantages que l'on prête au transfer learning, moins de temps et moins de
# photographies : qu'en disent *vos* chiffres ? Et quelle tête prendriez-vous, et pourquoi ?

# %% [markdown] tags=["answer", "lang:en"] question="photos.advantages" tasks=["S1.1"]
# **Less time.** Yes, some: 0.70 on validation after 152 seconds with the trained base, ten frozen epochs included,
# after 214 from scratch; 22 epochs took 4.6 and 7.1 minutes (one run, two cores).
#
# **Fewer photographs.** Hardly, with this base: with 200 photographs 0.366 against 0.363 on the test and 0.419 against
# 0.370 on validation, with all 3,068 0.766 against 0.723. In lab 4 the same base was worth ten times as many labels, on
# pictures like its own. I would try one from ImageNet, or one that has seen clothes.
#
# **The head.** On the frozen base the wide one (0.540 against 0.425 on validation). After fine-tuning I would take the
# pooled one: 0.760 against 0.736 on validation, about as good on the test (0.766 and 0.750, with a standard error of
# 0.022), with 0.9 instead of 2.5 million parameters, and a file of 3.8 MB.

# %% [markdown] tags=["answer", "lang:fr"] question="photos.advantages" tasks=["S1.1"]
# **Moins de temps.** Oui, un peu : 0,70 en validation après 152 secondes avec la base entraînée, dix époques gelées
# comprises, après 214 en partant de zéro ; 22 époques ont pris 4,6 et 7,1 minutes (une exécution, deux cœurs).
#
# **Moins de photographies.** À peine, avec cette base : avec 200 photographies, 0,366 contre 0,363 sur le test et 0,419
# contre 0,370 en validation ; avec les 3 068, 0,766 contre 0,723. Au TP 4, la même base valait dix fois plus de labels,
# sur des images comme les siennes. J'en essaierais une d'ImageNet, ou une qui a vu des vêtements.
#
# **La tête.** Sur la base gelée, la large (0,540 contre 0,425 en validation). Après le fine-tuning, je prendrais «
# pooled » : 0,760 contre 0,736 en validation, à peu près aussi bien sur le test (0,766 et 0,750, avec une erreur type
# de 0,022), avec 0,9 million de paramètres au lieu de 2,5, et un fichier de 3,8 Mo.

# %% [markdown] tags=["lang:en"]
# **Question (in your own words).** Where would you not let this network decide? Look at the confusion matrix, at the
# errors and at the heatmaps, and think of who took the photographs.

# %% [markdown] tags=["lang:fr"]
# **Question (avec vos mots).** Où ne laisseriez-vous pas ce réseau décider ? Regardez la matrice de confusion, les
# erreurs et les cartes de chaleur, et demandez-vous qui a pris les photographies.

# %% [markdown] tags=["answer", "lang:en"] question="photos.limits" tasks=["S1.12"]
# It must not decide about anything that matters, such as which parcel is sent back. Nearly one answer in four is wrong,
# of coats two in three, and it is wrong with confidence: the worst errors have probabilities of 0.97 and more. Some
# labels are wrong themselves (the same photograph as shorts and as skirt). A few dozen people took the photographs, as
# far as the pictures above show mostly of clothes on a bed, a floor or a hanger, hardly ever on somebody in the street;
# and it must name one of ten garments even where there is none. The heatmaps lie mostly on the garment, but with 4×4
# cells they could not show a reliance on details of the background.

# %% [markdown] tags=["answer", "lang:fr"] question="photos.limits" tasks=["S1.12"]
# Il ne doit décider de rien qui compte, par exemple du retour d'un colis. Près d'une réponse sur quatre est fausse,
# pour les manteaux deux sur trois, et il se trompe avec assurance : les pires erreurs ont des probabilités de 0,97 et
# plus. Certains labels sont eux-mêmes faux (la même photographie comme short et comme jupe). Quelques dizaines de
# personnes ont pris ces photographies, d'après les images ci-dessus, le plus souvent de vêtements sur un lit, par terre
# ou sur un cintre, presque jamais sur quelqu'un dans la rue ; et il doit nommer l'un des dix vêtements même là où il
# n'y en a pas. Les cartes sont surtout sur le vêtement, mais avec 4×4 cellules elles ne pourraient pas montrer qu'il
# s'appuie sur des détails du fond.

# %% tasks=["S1.6"]
lk.compare(
    ledger, columns=["data", "parameters", "learning_rate", "epochs", "train", "val", "test", "diagnosis"]
)

# %% [markdown] tags=["lang:en"]
# ## What to take home
#
# - Look at the photographs, their number and their doubles, before you train.
# - Freeze first, then fine-tune in small steps. Augmentation belongs to training alone.
# - The head of 2014 has nine tenths of the parameters. Global average pooling has nearly none, and does as well as soon
#   as the base may learn. On a weak, frozen base it is too little.
# - Preprocessing belongs into the model: mistakes in it raise no error, they only cost accuracy.
# - Two thirds of a saved file can be the optimizer's memory.
# - 372 test photographs: differences of less than 0.04 mean little.
#
# ### Going further
#
# 1. **ImageNet.** `labkit run 05 --profile full` on a machine with a GPU and a network, or `BASES = "imagenet"` at the
#    top. (We have not been able to run it: no GPU, no download. The path to these weights is tested with a file of the
#    same layout that we made ourselves.)
# 2. **Masks, cups, leaves.** Take fifty photographs of each of two things with your telephone, and run the lab on them.
# 3. **What it has seen of the background.** Photograph the same garment on a bed, on the floor, on a hanger. Does the
#    answer stay?

# %% [markdown] tags=["lang:fr"]
# ## À retenir
#
# - Regardez les photographies, leur nombre et leurs doublons, avant d'entraîner.
# - Geler d'abord, puis faire du fine-tuning à petits pas. L'augmentation n'est que pour l'apprentissage.
# - La tête de 2014 a les neuf dixièmes des paramètres. Le global average pooling n'en a presque aucun, et fait
#   aussi bien dès que la base a le droit d'apprendre. Sur une base faible et gelée, c'est trop peu.
# - Le prétraitement a sa place dans le modèle : s'y tromper ne déclenche aucun message d'erreur, cela coûte
#   seulement de l'exactitude.
# - Les deux tiers d'un fichier enregistré peuvent être la mémoire de l'optimiseur.
# - 372 photographies de test : des différences de moins de 0,04 ne veulent pas dire grand-chose.
#
# ### Pour aller plus loin
#
# 1. **ImageNet.** `labkit run 05 --profile full` sur une machine avec un GPU et une connexion à Internet, ou
#    `BASES = "imagenet"` au début du notebook. (Nous n'avons pas pu le lancer : ni GPU, ni téléchargement. Le
#    chemin jusqu'à ces poids est testé avec un fichier de même structure, que nous avons fait nous-mêmes.)
# 2. **Masques, tasses, feuilles.** Choisissez deux choses, prenez cinquante photographies de chacune avec votre
#    téléphone, et refaites le TP avec elles.
# 3. **Ce que le réseau a vu de l'arrière-plan.** Photographiez le même vêtement sur un lit, par terre, sur un
#    cintre. La réponse reste-t-elle la même ?

# %% [markdown] tags=["lang:en"] tasks=["S1.13"]
# ### Sources
#
# - K. Simonyan, A. Zisserman, [Very Deep Convolutional Networks for Large-Scale Image
#   Recognition](https://arxiv.org/abs/1409.1556), 2014.
# - M. Sandler, A. Howard, M. Zhu, A. Zhmoginov, L.-C. Chen, [MobileNetV2](https://arxiv.org/abs/1801.04381), 2018.
# - M. Lin, Q. Chen, S. Yan, [Network In Network](https://arxiv.org/abs/1312.4400), 2013: global average pooling.
# - J. Yosinski, J. Clune, Y. Bengio, H. Lipson, [How transferable are features in deep neural
#   networks?](https://arxiv.org/abs/1411.1792), 2014.
# - A. Géron, *Hands-On Machine Learning with Scikit-Learn, Keras & TensorFlow*, O'Reilly.
# - The report's other sources: datascientest.com on transfer learning; towardsdatascience.com on inductive and
#   transductive learning; [CNN
#   architectures](https://www.kaggle.com/code/shivamb/cnn-architectures-vgg-resnet-inception-tl) on Kaggle;
#   [VGG16](https://neurohive.io/en/popular-networks/vgg16/) on neurohive.io;
#   [tensorflow-vgg](https://github.com/machrisaa/tensorflow-vgg) by machrisaa.
# - [The clothing dataset](https://github.com/alexeygrigorev/clothing-dataset-small), collected by Alexey Grigorev and
#   contributors, 2020.

# %% [markdown] tags=["lang:fr"] tasks=["S1.13"]
# ### Sources
#
# - K. Simonyan, A. Zisserman,
#   [Very Deep Convolutional Networks for Large-Scale Image Recognition](https://arxiv.org/abs/1409.1556), 2014.
# - M. Sandler, A. Howard, M. Zhu, A. Zhmoginov, L.-C. Chen, [MobileNetV2](https://arxiv.org/abs/1801.04381), 2018.
# - M. Lin, Q. Chen, S. Yan, [Network In Network](https://arxiv.org/abs/1312.4400), 2013 : le global average
#   pooling.
# - J. Yosinski, J. Clune, Y. Bengio, H. Lipson,
#   [How transferable are features in deep neural networks?](https://arxiv.org/abs/1411.1792), 2014.
# - A. Géron, *Hands-On Machine Learning with Scikit-Learn, Keras & TensorFlow*, O'Reilly.
# - Les autres sources du rapport : datascientest.com sur le transfer learning ; towardsdatascience.com sur
#   l'apprentissage inductif et transductif ;
#   [CNN architectures](https://www.kaggle.com/code/shivamb/cnn-architectures-vgg-resnet-inception-tl) sur Kaggle ;
#   [VGG16](https://neurohive.io/en/popular-networks/vgg16/) sur neurohive.io ;
#   [tensorflow-vgg](https://github.com/machrisaa/tensorflow-vgg) de machrisaa.
# - [The clothing dataset](https://github.com/alexeygrigorev/clothing-dataset-small), réuni par Alexey Grigorev et
#   des contributeurs, 2020.

# %% tags=["live"]
lk.release_gpu()
