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
#       en: "VGG-16 on CIFAR-100: from scratch, and from what is known already"
#       fr: "VGG-16 sur CIFAR-100 : de zéro, ou à partir de ce qui est déjà appris"
#     minutes: 300
#     gpu: true
#     needs:
#       en: "labs 1 to 3"
#       fr: "les TP 1 à 3"
# ---

# %% [markdown] tags=["lang:en"]
# VGG-16 is thirteen convolutions and three `Dense` layers, and nothing else. It is simple to write down, it was among
# the best networks of its year, and it is still the network from which people begin when they have few photographs of
# their own. In this lab you will
#
# 1. define it, and count what it costs,
# 2. train it **from scratch** on CIFAR-100 with a learning rate of 0.1, see it fail, and find out why,
# 3. repair it with batch normalisation, and train the best version for longer,
# 4. train it **from what is known already** (transfer learning): freeze its convolutions, put a new head on them, and
#    then fine-tune,
# 5. measure what that is worth, with a hundred labels, a thousand and ten thousand.
#
# You are guided less than before: what you know from labs 1 to 3 is not explained again.
#
# Best with a GPU; the free T4 of Colab will do. The stored results come from two CPU cores, so the course budget trains
# a **narrow** VGG-16: the same thirteen convolutions with a quarter of the filters each. The `full` profile trains the
# whole one.

# %% [markdown] tags=["lang:fr"]
# VGG-16, c'est treize convolutions et trois couches `Dense`, et rien d'autre. Il s'écrit simplement, il était parmi les
# meilleurs réseaux de son année, et c'est encore de lui que l'on part quand on n'a soi-même que peu de photographies.
# Dans ce TP, vous allez
#
# 1. le définir, et compter ce qu'il coûte,
# 2. l'entraîner **de zéro** (from scratch) sur CIFAR-100 avec un taux d'apprentissage de 0,1, le voir échouer, et
#    trouver pourquoi,
# 3. le réparer par la normalisation par lots, et entraîner plus longtemps la meilleure version,
# 4. l'entraîner **à partir de ce qui est déjà appris** (transfer learning) : geler ses convolutions, leur mettre une
#    nouvelle tête, puis faire du fine-tuning,
# 5. mesurer ce que cela vaut, avec cent labels, mille et dix mille.
#
# Vous êtes moins guidés qu'avant : ce que vous savez des TP 1 à 3 n'est pas expliqué à nouveau.
#
# De préférence avec un GPU ; le T4 gratuit de Colab suffit. Les résultats conservés viennent de deux cœurs de CPU : le
# budget de cours entraîne donc un VGG-16 **étroit**, les mêmes treize convolutions avec chacune le quart des filtres.
# Le profil `full` entraîne le réseau entier.

# %% tags=["setup"] tasks=["S0.0"]
import labkit as lk

lk.setup(language="en")

import keras
import numpy as np
import pandas as pd

# %% [markdown] tags=["lang:en"]
# The budgets. `LABELS` says, for section 7, with how many photographs to train and for how many epochs.

# %% [markdown] tags=["lang:fr"]
# Les budgets. `LABELS` dit, pour la section 7, avec combien de photographies entraîner et pendant combien d'époques.

# %%
WIDTH = lk.by_profile(smoke=0.125, course=0.25, full=1.0)
HEAD = (int(4096 * WIDTH), int(4096 * WIDTH))
PHOTOS = lk.by_profile(smoke=200, course=10_000, full=40_000)
EPOCHS = lk.by_profile(smoke=1, course=10, full=10)
LONG_PHOTOS = lk.by_profile(smoke=200, course=40_000, full=40_000)
LONG_EPOCHS = lk.by_profile(smoke=1, course=20, full=20)
TARGET_PHOTOS = lk.by_profile(smoke=100, course=10_000, full=40_000)
HEAD_EPOCHS = lk.by_profile(smoke=2, course=15, full=15)
HEAD_LONG_EPOCHS = lk.by_profile(smoke=3, course=100, full=100)
TUNE_EPOCHS = lk.by_profile(smoke=1, course=5, full=20)
CACHE_EPOCHS = lk.by_profile(smoke=1, course=10, full=10)
LABELS = lk.by_profile(
    smoke={20: 1, 100: 1}, course={100: 60, 1_000: 30, 10_000: 10}, full={400: 60, 4_000: 30, 40_000: 20}
)
SEEDS = lk.by_profile(smoke=[0], course=[0, 1, 2], full=[0, 1, 2])

# %%
ledger = lk.experiments.Ledger("cifar100.jsonl")

# %% [markdown] tags=["lang:en"]
# ## 1. VGG-16
#
# ![VGG-16, layer by layer](../../images/vgg16.png)
#
# Simonyan & Zisserman (Oxford) entered it in the ImageNet competition of 2014, ILSVRC. It became the **runner-up** in
# classification (GoogLeNet won) and won in localisation. The 92.7 % that are often quoted are **top-5** accuracy: the
# right class is among the five most probable ones. The competition's data set has **1.28 million** training photographs
# in 1,000 classes; the 14 million that one reads of are the whole ImageNet, with some 22,000 classes.
#
# Its idea: only 3×3 convolutions with padding 'same', two or three of them in a row, then a 2×2 max pooling; and with
# each pooling, twice the filters (64, 128, 256, 512, 512). Small kernels were not new, but nobody had made so deep a
# network of them and shown that depth is what pays.
#
# **Question.** Three 3×3 convolutions in a row see 7×7 pixels of the input, like one 7×7 convolution. With C channels
# everywhere and without biases, how many weights do the three have, as a share of the one's? Put it into `share`.

# %% [markdown] tags=["lang:fr"]
# ## 1. VGG-16
#
# ![VGG-16, couche par couche](../../images/vgg16.png)
#
# Simonyan & Zisserman (Oxford) l'ont présenté à la compétition ImageNet de 2014, ILSVRC. Il a fini **deuxième** en
# classification (GoogLeNet a gagné) et premier en localisation. Les 92,7 % que l'on cite souvent sont une exactitude
# **top-5** : la bonne classe est parmi les cinq jugées les plus probables. Le jeu de données de la compétition a
# **1,28 million** de photographies d'apprentissage dans 1 000 classes ; les 14 millions dont on parle, c'est ImageNet
# tout entier, avec quelque 22 000 classes.
#
# Son idée : rien que des convolutions 3×3 avec padding 'same', deux ou trois à la suite, puis un max pooling 2×2 ; et à
# chaque pooling, deux fois plus de filtres (64, 128, 256, 512, 512). Les petits noyaux n'étaient pas nouveaux, mais
# personne n'en avait fait un réseau aussi profond, ni montré que c'est la profondeur qui paie.
#
# **Question.** Trois convolutions 3×3 à la suite voient 7×7 pixels de l'entrée, comme une seule convolution 7×7. Avec C
# canaux partout et sans biais, combien de poids les trois ont-elles, en proportion de ceux de cette dernière ? Mettez
# cette part dans `share`.

# %% question="cifar100.three_small" tasks=["S0.0"]
### BEGIN SOLUTION
share = 3 * 3 * 3 / (7 * 7)
### END SOLUTION

# %% tags=["check"]
lk.check("cifar100.three_small", share)

# %% [markdown] tags=["lang:en"]
# And two ReLUs more between them. How far does the network see? Go through its layers: a 3×3 convolution widens the
# view by 2 steps, a pooling by 1 step, and each pooling makes the steps twice as long (in pixels of the photograph).
#
# **Question.** How many pixels wide is what one neuron of the last convolution, `block5_conv3`, sees? Put it into
# `view`.

# %% [markdown] tags=["lang:fr"]
# Et deux ReLU de plus entre elles. Jusqu'où voit le réseau ? Parcourez ses couches : une convolution 3×3 élargit la vue
# de 2 pas, un pooling de 1 pas, et chaque pooling rend les pas deux fois plus longs (en pixels de la photographie).
#
# **Question.** Quelle est la largeur, en pixels, de ce que voit un neurone de la dernière convolution, `block5_conv3` ?
# Mettez-la dans `view`.

# %% question="cifar100.receptive_field" tasks=["S0.0"]
### BEGIN SOLUTION
view, step = 1, 1
for convolutions in (2, 2, 3, 3, 3):
    view += 2 * step * convolutions
    view, step = view + step, 2 * step  # the pooling behind the block
view -= step // 2  # the last convolution stands before the last pooling
### END SOLUTION

# %% tags=["check"]
lk.check("cifar100.receptive_field", view)

# %% [markdown] tags=["lang:en"]
# Made for photographs of 224×224; those of CIFAR-100 have 32×32: the neurons of block 5 see all of them, and mostly
# padding around. That is no obstacle, only waste.
#
# **Question.** How many parameters has the convolutional part (`base_parameters`), and how many the whole network as
# published (`published`), for 224×224×3 and 1,000 classes, with `Dense` layers of 4,096, 4,096 and 1,000? Let Python
# add up.

# %% [markdown] tags=["lang:fr"]
# Il est fait pour des photographies de 224×224 ; celles de CIFAR-100 ont 32×32 pixels : les neurones du bloc 5 les
# voient en entier, et voient surtout du padding tout autour. Ce n'est pas un obstacle, seulement du gaspillage.
#
# **Question.** Combien de paramètres a la partie convolutive (`base_parameters`), et combien le réseau entier tel que
# publié (`published`), pour 224×224×3 et 1 000 classes, avec des couches `Dense` de 4 096, 4 096 et 1 000 ? Laissez
# Python faire les additions.

# %% question="cifar100.published" tasks=["S0.1"]
### BEGIN SOLUTION
channels = [3, 64, 64, 128, 128, 256, 256, 256, *[512] * 6]
base_parameters = sum((9 * channels[i] + 1) * channels[i + 1] for i in range(13))
published = base_parameters + (7 * 7 * 512 + 1) * 4096 + 4097 * 4096 + 4097 * 1000
### END SOLUTION

# %% tags=["check"]
lk.check("cifar100.published", (base_parameters, published))

# %% [markdown] tags=["lang:en"]
# Nearly nine tenths of them stand in the three `Dense` layers, three quarters in the first one alone.
#
# **Question.** Define `vgg16`, the reference, for photographs of 32×32×3 and 100 classes, with softmax outputs: five
# blocks, `Flatten`, `Dense` 4,096, `Dense` 4,096, `Dense` 100, every hidden layer with ReLU. Give the layers Keras's
# names if you like (`block1_conv1`, `block1_pool`, `fc1`, `predictions`). Two loops write it in ten lines.

# %% [markdown] tags=["lang:fr"]
# Près de neuf dixièmes d'entre eux sont dans les trois couches `Dense`, les trois quarts dans la première à elle seule.
#
# **Question.** Définissez `vgg16`, le réseau de référence, pour des photographies de 32×32×3 et 100 classes, avec des
# sorties softmax : cinq blocs, `Flatten`, `Dense` 4 096, `Dense` 4 096, `Dense` 100, chaque couche cachée avec ReLU.
# Donnez aux couches les noms de Keras si vous voulez (`block1_conv1`, `block1_pool`, `fc1`, `predictions`). Deux
# boucles l'écrivent en dix lignes.

# %% question="cifar100.vgg16" tasks=["S0.1"]
### BEGIN SOLUTION
layers = keras.layers
vgg16 = keras.Sequential([keras.Input((32, 32, 3))], name="vgg16")
for block, (filters, count) in enumerate([(64, 2), (128, 2), (256, 3), (512, 3), (512, 3)], start=1):
    for i in range(1, count + 1):
        name = f"block{block}_conv{i}"
        vgg16.add(layers.Conv2D(filters, 3, padding="same", activation="relu", name=name))
    vgg16.add(layers.MaxPooling2D(2, name=f"block{block}_pool"))
vgg16.add(layers.Flatten())
for name in ("fc1", "fc2"):
    vgg16.add(layers.Dense(4096, activation="relu", name=name))
vgg16.add(layers.Dense(100, activation="softmax", name="predictions"))
### END SOLUTION

# %% tags=["check"]
lk.check("cifar100.vgg16", vgg16)

# %% tasks=["S0.1"]
lk.count_parameters(vgg16)

# %% [markdown] tags=["lang:en"]
# Five poolings leave 1×1 of the 32×32 pixels, so `Flatten` gives 512 numbers instead of 25,088: the same network has
# 104 million parameters less. `lk.models.vgg16` builds it too, and at any width; that is what the trainings below use.

# %% [markdown] tags=["lang:fr"]
# Cinq poolings laissent 1×1 des 32×32 pixels : `Flatten` donne donc 512 nombres au lieu de 25 088, et le même réseau a
# 104 millions de paramètres de moins. `lk.models.vgg16` le construit aussi, et à n'importe quelle largeur ; c'est lui
# qu'emploient les entraînements ci-dessous.


# %%
def net(**options):
    return lk.models.vgg16(100, (32, 32, 3), width=WIDTH, head=HEAD, **options)


print(f"width 1: {lk.models.vgg16(100, (32, 32, 3)).count_params():,}")
print(f"width {WIDTH:g}: {net().count_params():,}")

# %% [markdown] tags=["lang:en"]
# ## 2. CIFAR-100
#
# As large as CIFAR-10, but with a hundred classes. 20 % of the training photographs are set aside for validation.
#
# **Question.** Load CIFAR-100 with its validation part into `raw` (see lab 3), and say in `per_class` how many
# photographs of each class are left to train on.

# %% [markdown] tags=["lang:fr"]
# ## 2. CIFAR-100
#
# Aussi grand que CIFAR-10, mais avec cent classes. 20 % des photographies d'apprentissage sont mises de côté pour la
# validation.
#
# **Question.** Chargez CIFAR-100 et sa part de validation dans `raw` (voir le TP 3), et dites dans `per_class` combien
# de photographies de chaque classe il reste pour apprendre.

# %% question="cifar100.per_class" tasks=["S0.2", "S0.T7"]
### BEGIN SOLUTION
raw = lk.data.load("cifar100", validation=0.2)
per_class = 500 - 100
### END SOLUTION

# %% tags=["check"]
lk.check("cifar100.per_class", per_class)

# %% tasks=["S0.2"]
raw.describe()

# %% [markdown] tags=["lang:en"]
# (The stored results come from a copy without 26 photographs that it had twice, and with a split of its own into
# training and test: its scores are near those of the official data, but not to be compared with them digit by digit.)
#
# The classes come in 20 superclasses of five. Who tells a boy from a girl, or a maple from an oak, on 32×32 pixels?

# %% [markdown] tags=["lang:fr"]
# (Les résultats enregistrés viennent d'une copie sans 26 photographies qui y étaient en double, et dont la séparation
# entre apprentissage et test lui est propre : ses scores sont proches de ceux des données officielles, mais ne se
# comparent pas au chiffre près.)
#
# Les classes vont par cinq, en 20 superclasses. Qui distingue un garçon d'une fille, ou un érable d'un chêne, sur 32×32
# pixels ?

# %% tasks=["S0.2"]
superclasses = raw.superclasses()
pd.DataFrame(superclasses).T

# %%
one_each = [np.flatnonzero(raw.y_train == label)[0] for label in range(40)]
_ = lk.plots.images(
    raw.x_train[one_each], raw.y_train[one_each], raw.class_names, columns=8, size=1.5, source=raw.source
)

# %% [markdown] tags=["lang:en"]
# **Question.** What does a network pay (cross-entropy, in nats) that gives each of the hundred classes the probability
# 1/100? Put it into `chance_loss`, and remember it: you will see this number again.

# %% [markdown] tags=["lang:fr"]
# **Question.** Combien paie (en entropie croisée, en nats) un réseau qui donne à chacune des cent classes la
# probabilité 1/100 ? Mettez-le dans `chance_loss`, et retenez ce nombre : vous le reverrez.

# %% question="cifar100.chance" tasks=["S0.4"]
### BEGIN SOLUTION
chance_loss = np.log(100)
### END SOLUTION

# %% tags=["check"]
lk.check("cifar100.chance", chance_loss)

# %% [markdown] tags=["lang:en"]
# **Question.** The labels are whole numbers, 0 to 99. Which of these is right?
#
# - **a** `BinaryCrossentropy`, with the labels as they are
# - **b** `SparseCategoricalCrossentropy` with the labels as they are, or `CategoricalCrossentropy` with one-hot labels:
#   both give the same number
# - **c** `CategoricalCrossentropy` with the labels as they are
# - **d** `SparseCategoricalCrossentropy` with one-hot labels

# %% [markdown] tags=["lang:fr"]
# **Question.** Les labels sont des entiers, de 0 à 99. Laquelle de ces réponses est juste ?
#
# - **a** `BinaryCrossentropy`, avec les labels tels quels
# - **b** `SparseCategoricalCrossentropy` avec les labels tels quels, ou `CategoricalCrossentropy` avec des labels
#   one-hot : les deux donnent le même nombre
# - **c** `CategoricalCrossentropy` avec les labels tels quels
# - **d** `SparseCategoricalCrossentropy` avec des labels one-hot

# %% question="cifar100.loss" tasks=["S0.3"]
### BEGIN SOLUTION
loss_choice = "b"
### END SOLUTION

# %% tags=["check"]
lk.check("cifar100.loss", loss_choice)

# %% tasks=["S0.3"]
some, answers = raw.y_train[:5], keras.ops.softmax(keras.random.normal((5, 100), seed=0))
sparse = keras.losses.SparseCategoricalCrossentropy()(some, answers)
categorical = keras.losses.CategoricalCrossentropy()(raw.one_hot().y_train[:5], answers)
print(some, raw.one_hot().y_train.shape, float(sparse), float(categorical))

# %% [markdown] tags=["lang:en"]
# `lk.train` looks at the labels and takes the one that fits.

# %% [markdown] tags=["lang:fr"]
# `lk.train` regarde les labels et prend la perte qui leur convient.

# %%
photos = raw.scaled()
trial = photos.subset(PHOTOS, n_val=2_000)
trial

# %% [markdown] tags=["lang:en"]
# ## 3. From scratch, with a learning rate of 0.1
#
# **Question.** Train twice for `EPOCHS` epochs on `trial`, in batches of 64, with a learning rate of 0.1: `adam_net =
# net()` with Adam, and `sgd_net = net()` with SGD. Keep the runs in `run_adam` and `run_sgd`, name them `"Adam"` and
# `"SGD"`, and give them `ledger=ledger`.

# %% [markdown] tags=["lang:fr"]
# ## 3. De zéro, avec un taux d'apprentissage de 0,1
#
# **Question.** Entraînez deux fois pendant `EPOCHS` époques sur `trial`, avec des lots de 64 et un taux d'apprentissage
# de 0,1 : `adam_net = net()` avec Adam, et `sgd_net = net()` avec SGD. Gardez les entraînements dans `run_adam` et
# `run_sgd`, nommez-les `"Adam"` et `"SGD"`, et donnez-leur `ledger=ledger`.

# %% question="cifar100.adam_fails" tasks=["S0.4"]
### BEGIN SOLUTION
adam_net = net()
run_adam = lk.train(
    adam_net,
    trial,
    epochs=EPOCHS,
    batch_size=64,
    optimizer="adam",
    learning_rate=0.1,
    name="Adam",
    ledger=ledger,
)
### END SOLUTION

# %% question="cifar100.sgd_fails" tasks=["S0.4"]
### BEGIN SOLUTION
sgd_net = net()
run_sgd = lk.train(
    sgd_net,
    trial,
    epochs=EPOCHS,
    batch_size=64,
    optimizer="sgd",
    learning_rate=0.1,
    name="SGD",
    ledger=ledger,
)
### END SOLUTION

# %% tags=["check"]
lk.check("cifar100.adam_fails", run_adam)
lk.check("cifar100.sgd_fails", run_sgd)

# %% [markdown] tags=["lang:en"]
# The four numbers of each, after the last epoch:

# %% [markdown] tags=["lang:fr"]
# Les quatre nombres de chacun, après la dernière époque :


# %% tasks=["S0.4"]
def four_numbers(*runs):
    metrics = ["loss", "accuracy", "val_loss", "val_accuracy"]
    return pd.DataFrame(
        [[run.last(metric) for metric in metrics] for run in runs], [run.name for run in runs], metrics
    )


four_numbers(run_adam, run_sgd).round(3)

# %% tasks=["S0.4"]
for run in (run_adam, run_sgd):
    print(f"{run.name}: {lk.diagnose(run)}\n")

# %% tasks=["S0.4"]
print("Adam, loss epoch by epoch:", np.round(run_adam.history["loss"], 3))
print("SGD,  loss epoch by epoch:", np.round(run_sgd.history["loss"], 3))

# %% [markdown] tags=["lang:en"]
# Both end where one ends who knows nothing, ln(100) = 4.605; but not in the same way. A failed training is a result,
# and has causes. Let us find them.
#
# ### What arrives at the end
#
# An untrained network should at least give *different* answers to different photographs: only what differs can be
# learnt from. So: by how much does the output of each convolution differ between 64 photographs (the standard
# deviation)?

# %% [markdown] tags=["lang:fr"]
# Tous deux finissent là où finit qui ne sait rien, à ln(100) = 4,605 ; mais pas de la même façon. Un apprentissage raté
# est un résultat, et il a des causes. Cherchons-les.
#
# ### Ce qui arrive au bout
#
# Un réseau non entraîné devrait au moins donner des réponses *différentes* à des photographies différentes : on ne peut
# apprendre que de ce qui diffère. Donc : de combien la sortie de chaque convolution diffère-t-elle entre 64
# photographies (l'écart-type) ?


# %% tasks=["S0.4"]
def maps_of(model, training=False):
    """What each convolution makes of 64 photographs."""
    outputs = [layer.output for layer in model.layers if isinstance(layer, keras.layers.Conv2D)]
    maps = keras.Model(model.inputs[0], outputs)(photos.x_val[:64], training=training)
    return [keras.ops.convert_to_numpy(map_) for map_ in maps]


def signal(model, training=False):
    return [float(map_.std(axis=0).mean()) for map_ in maps_of(model, training)]


convolutions = [layer.name for layer in net().layers if isinstance(layer, keras.layers.Conv2D)]
signals = pd.DataFrame({"untrained": signal(net()), "after SGD": signal(sgd_net)}, convolutions)
ax = signals.plot(logy=True, style=["o-", "x--"], rot=60, grid=True, figsize=(8, 3.6), ylabel="signal")
_ = lk.plots.sign(ax, raw.source)

# %% [markdown] tags=["lang:en"]
# Untrained, the signal shrinks from convolution to convolution: Keras draws the first weights for signals of constant
# size in a *linear* network (Glorot & Bengio 2010), and each ReLU throws half of it away (He et al. 2015 repair that by
# weights √2 times as large, `kernel_initializer="he_normal"`). After thirteen layers next to nothing is left: the
# network says the same of every photograph. The gradient goes the same way back and shrinks in the same way. **SGD
# multiplies the gradient by the learning rate**, and 0.1 times next to nothing is next to nothing: only the last biases
# move. It does not diverge, it stands still. (The two lines differ a little because they began from different first
# weights.)
#
# ### How far Adam steps
#
# Adam divides each weight's gradient by the gradient's own size first (and by ε = 0.0000001, so as not to divide by 0).
#
# **Question.** So how far does a weight move in Adam's very first step, if the learning rate is 0.1 and its gradient is
# large against ε? Put it into `step`. (With t = 1: $m = (1-\beta_1)\,g$ and $v = (1-\beta_2)\,g^2$; each is divided by
# its $1-\beta$; the step is $0.1\, m / (\sqrt{v} + \varepsilon)$.)

# %% [markdown] tags=["lang:fr"]
# Sans entraînement, le signal rétrécit de convolution en convolution : Keras tire les premiers poids pour que les
# signaux gardent leur taille dans un réseau *linéaire* (Glorot & Bengio 2010), et chaque ReLU en jette la moitié (He et
# al. 2015 y remédient par des poids √2 fois plus grands, `kernel_initializer="he_normal"`). Après treize couches, il
# n'en reste presque rien : le réseau dit la même chose de toutes les photographies. Le gradient fait le même chemin en
# sens inverse et rétrécit de la même façon. **SGD multiplie le gradient par le taux d'apprentissage**, et 0,1 fois
# presque rien, c'est presque rien : seuls les derniers biais bougent. Il ne diverge pas, il reste sur
# place. (Les deux lignes diffèrent un peu parce qu'elles sont parties de premiers poids différents.)
#
# ### Jusqu'où va un pas d'Adam
#
# Adam divise d'abord le gradient de chaque poids par la taille de ce gradient même (à laquelle s'ajoute ε = 0,0000001,
# pour ne pas diviser par 0).
#
# **Question.** De combien un poids bouge-t-il donc au tout premier pas d'Adam, si le taux d'apprentissage est 0,1 et
# que son gradient est grand devant ε ? Mettez-le dans `step`. (Avec t = 1 : $m = (1-\beta_1)\,g$ et
# $v = (1-\beta_2)\,g^2$ ; chacun est divisé par son $1-\beta$ ; le pas est $0.1\, m / (\sqrt{v} + \varepsilon)$.)

# %% question="cifar100.adam_step" tasks=["S0.4"]
### BEGIN SOLUTION
step = 0.1
### END SOLUTION

# %% tags=["check"]
lk.check("cifar100.adam_step", step)

# %% tasks=["S0.4"]
one_step = net()
before = [one_step.get_layer(name).get_weights()[0] for name in convolutions]
_ = lk.train(
    one_step, trial.subset(100, n_val=100), epochs=1, batch_size=100, optimizer="adam", learning_rate=0.1
)
moved = [
    one_step.get_layer(name).get_weights()[0] - weights
    for name, weights in zip(convolutions, before, strict=True)
]
sizes = [[np.abs(array).mean() for array in arrays] for arrays in (before, moved)]
pd.DataFrame(sizes, ["weights before", "first step"], convolutions).T.round(3)

# %% [markdown] tags=["lang:en"]
# 0.1 is the step of a weight whose gradient is large against ε. Here the gradients have shrunk to about the size of ε
# on their way back, so the mean step is smaller: 0.032 in the first convolution, 0.004 in the last. That is still a
# third to a sixth of the weights themselves, in **one** step; SGD would have moved them by some billionths. And the
# pushes add up: what a neuron behind a ReLU sees is never negative, so most of its weights are pushed the same way.
# What that does to the signal:

# %% [markdown] tags=["lang:fr"]
# 0,1 est le pas d'un poids dont le gradient est grand devant ε. Ici, les gradients ont rétréci en chemin jusqu'à la
# taille d'ε environ : le pas moyen est donc plus petit, 0,032 dans la première convolution, 0,004 dans la dernière.
# C'est encore entre un tiers et un sixième des poids eux-mêmes, en **un** pas ; SGD les aurait bougés de quelques
# milliardièmes. Et les poussées s'ajoutent : ce que voit un neurone derrière une ReLU n'est jamais négatif, la plupart
# de ses poids sont donc poussés du même côté. Ce que cela fait du signal :

# %% tasks=["S0.4"]
signals["after one step of Adam"], signals["after Adam"] = signal(one_step), signal(adam_net)
ax = signals.plot(
    logy=True, style=["o-", "x--", "s-", "v-"], rot=60, grid=True, figsize=(8, 4), ylabel="signal"
)
_ = lk.plots.sign(ax, raw.source)

# %% [markdown] tags=["lang:en"]
# After a single step the signal does not shrink any more, it grows from layer to layer, to about 1,000 behind the last
# convolution; the answers are as large, and the mean loss of Adam's first epoch has seven digits (above). The next
# steps pull with the same force the other way. A neuron that has been pushed below 0 for every photograph has the slope
# 0 from then on and never comes back. At the end the line falls out of the picture again and again: there the signal is
# 0. The share of channels that are dead:

# %% [markdown] tags=["lang:fr"]
# Après un seul pas, le signal ne rétrécit plus, il grandit de couche en couche, jusqu'à environ 1 000 derrière la
# dernière convolution ; les réponses sont aussi grandes, et la perte moyenne de la première époque d'Adam a sept
# chiffres (ci-dessus). Les pas suivants tirent avec la même force dans l'autre sens. Un neurone poussé au-dessous de 0
# pour toutes les photographies a dès lors la pente 0 et ne revient jamais. À la fin, la ligne sort plusieurs fois de
# l'image : là, le signal vaut 0. La part des canaux morts :


# %% tasks=["S0.4"]
def dead(model):
    """Share of the channels of each convolution that are 0 everywhere on 64 photographs."""
    return [float((map_.max(axis=(0, 1, 2)) == 0).mean()) for map_ in maps_of(model)]


pd.DataFrame(
    {"untrained": dead(net()), "after SGD": dead(sgd_net), "after Adam": dead(adam_net)}, convolutions
).T.round(2)

# %% [markdown] tags=["lang:en"]
# **Question (in your own words).** Both trainings end at ln(100). Why is each of them there, and why will more epochs
# not help either? What would you change for each of them?

# %% [markdown] tags=["lang:fr"]
# **Question (avec vos mots).** Les deux apprentissages finissent à ln(100). Pourquoi chacun en est-il là, et pourquoi
# plus d'époques n'y feraient-elles rien non plus ? Que changeriez-vous à chacun ?

# %% [markdown] tags=["answer", "lang:en"] question="cifar100.why_it_fails" tasks=["S0.4"]
# **SGD** has nothing to work with. The spread of the signal falls from about 0.07 behind the first convolution to
# 0.00007 behind the last one, so all photographs get the same answer, and what comes back as gradient is next to
# nothing. 0.1 times that moves no weight of a convolution; the last biases learn, and the best that they can say is
# 1/100 for each class: the loss is 4.606 in all ten epochs. More epochs add more of nothing. What helps is a signal:
# normalisation, or larger first weights.
#
# **Adam** has destroyed its network. After one step the spread behind the last convolution is about 1,000, and the mean
# loss of the first epoch 4.2 million. What follows tears neurons below 0 for every photograph: in the end 69 to 100 %
# of the channels of each convolution are dead. Nothing passes a dead ReLU, neither signal nor gradient, and again only
# the biases of the last layer are left; the loss stays at 4.63, a little above ln(100), since the steps of 0.1 do not
# let even these settle. More epochs wake no dead neuron. What helps is a rate that is 100 to 1,000 times smaller.

# %% [markdown] tags=["answer", "lang:fr"] question="cifar100.why_it_fails" tasks=["S0.4"]
# **SGD** n'a rien sur quoi travailler. La dispersion du signal tombe d'environ 0,07 derrière la première convolution à
# 0,00007 derrière la dernière : toutes les photographies reçoivent la même réponse, et le gradient qui revient n'est
# presque rien. 0,1 fois cela ne bouge aucun poids de convolution ; les derniers biais apprennent, et le mieux qu'ils
# puissent dire est 1/100 pour chaque classe : la perte est 4,606 pendant les dix époques. Plus d'époques ajoutent du
# rien au rien. Ce qui aide, c'est un signal : la normalisation, ou des premiers poids plus grands.
#
# **Adam** a détruit son réseau. Après un pas, la dispersion derrière la dernière convolution est d'environ 1 000, et la
# perte moyenne de la première époque de 4,2 millions. La suite arrache des neurones au-dessous de 0 pour toutes les
# photographies : à la fin, 69 à 100 % des canaux de chaque convolution sont morts. Rien ne traverse une ReLU morte, ni
# signal ni gradient, et de nouveau il ne reste que les biais de la dernière couche ; la perte reste à 4,63, un peu
# au-dessus de ln(100), car les pas de 0,1 ne laissent pas même ceux-ci se poser. Plus d'époques ne réveillent aucun
# mort. Ce qui aide, c'est un taux 100 à 1 000 fois plus petit.

# %% [markdown] tags=["lang:en"]
# ## 4. Batch normalisation
#
# If the signal dies on its way, measure it after each layer and make it 1 again: that is what `BatchNormalization` does
# (lab 3; Ioffe & Szegedy 2015). The sheet puts one **after each convolution**, that is behind its ReLU.
#
# **Question.** Build `vgg16_bn`: the reference network of section 1 with its thirteen normalisations.

# %% [markdown] tags=["lang:fr"]
# ## 4. La normalisation par lots
#
# Si le signal s'éteint en chemin, mesurez-le après chaque couche et ramenez-le à 1 : c'est ce que fait
# `BatchNormalization` (TP 3 ; Ioffe & Szegedy 2015). Le sujet en met une **après chaque convolution**, c'est-à-dire
# derrière sa ReLU.
#
# **Question.** Construisez `vgg16_bn` : le réseau de référence de la section 1 avec ses treize normalisations.

# %% question="cifar100.vgg16_bn" tasks=["S0.5"]
### BEGIN SOLUTION
vgg16_bn = keras.Sequential([keras.Input((32, 32, 3))], name="vgg16_bn")
for layer in vgg16.layers:
    vgg16_bn.add(type(layer).from_config(layer.get_config()))
    if isinstance(layer, keras.layers.Conv2D):
        vgg16_bn.add(keras.layers.BatchNormalization())
### END SOLUTION

# %% tags=["check"]
lk.check("cifar100.vgg16_bn", vgg16_bn)

# %% tasks=["S0.T1"]
vgg16_bn.summary()

# %% [markdown] tags=["lang:en"]
# Its summary has thirteen lines more and, at the end, a number that was 0 before.
#
# **Question.** How many parameters have the normalisations added (`added`), and how many of these are *not trained*
# (`not_trained`)?

# %% [markdown] tags=["lang:fr"]
# Son résumé a treize lignes de plus et, à la fin, un nombre qui auparavant était 0.
#
# **Question.** Combien de paramètres les normalisations ont-elles ajoutés (`added`), et combien d'entre eux sont
# *non entraînés* (`not_trained`) ?

# %% question="cifar100.added" tasks=["S0.T1", "S0.5"]
### BEGIN SOLUTION
added = vgg16_bn.count_params() - vgg16.count_params()
not_trained = added // 2
### END SOLUTION

# %% tags=["check"]
lk.check("cifar100.added", (added, not_trained))

# %% [markdown] tags=["lang:en"]
# The same two trainings, with nothing changed but that:

# %% [markdown] tags=["lang:fr"]
# Les deux mêmes apprentissages, sans rien changer d'autre :

# %% tasks=["S0.5"]
adam_bn_net, sgd_bn_net = net(batch_norm=True), net(batch_norm=True)
run_adam_bn = lk.train(
    adam_bn_net,
    trial,
    epochs=EPOCHS,
    batch_size=64,
    optimizer="adam",
    learning_rate=0.1,
    name="Adam, BN",
    ledger=ledger,
)
run_sgd_bn = lk.train(
    sgd_bn_net,
    trial,
    epochs=EPOCHS,
    batch_size=64,
    optimizer="sgd",
    learning_rate=0.1,
    name="SGD, BN",
    ledger=ledger,
)

# %% tasks=["S0.5"]
four_numbers(run_adam, run_sgd, run_adam_bn, run_sgd_bn).round(3)

# %% tasks=["S0.5"]
_ = lk.plots.learning_curves({"SGD": run_sgd, "SGD, BN": run_sgd_bn})
for run in (run_adam_bn, run_sgd_bn):
    print(f"{run.name}: {lk.diagnose(run)}\n")

# %% tasks=["S0.5"]
signals_bn = signals[["untrained"]].assign(**{
    "untrained, BN": signal(net(batch_norm=True), training=True),
    "after SGD, BN": signal(sgd_bn_net), "after Adam, BN": signal(adam_bn_net),
})  # fmt: skip
ax = signals_bn.plot(
    logy=True, style=["o-", "s-", "x--", "v-"], rot=60, grid=True, figsize=(8, 4), ylabel="signal"
)
_ = lk.plots.sign(ax, raw.source)

# %% [markdown] tags=["lang:en"]
# In the normalised network the signal arrives, even after Adam. So where is Adam's failure now? The two `Dense` layers
# behind the convolutions have no normalisation. The share of their neurons that are 0 for all 64 photographs:

# %% [markdown] tags=["lang:fr"]
# Dans le réseau normalisé, le signal arrive, même après Adam. Où est donc maintenant l'échec d'Adam ? Les deux couches
# `Dense` derrière les convolutions n'ont pas de normalisation. La part de leurs neurones qui valent 0 pour les 64
# photographies :


# %% tasks=["S0.5"]
def dead_neurons(model):
    outputs = [model.get_layer(name).output for name in ("fc1", "fc2")]
    answers = keras.Model(model.inputs[0], outputs)(photos.x_val[:64])
    return [float((keras.ops.convert_to_numpy(answer).max(axis=0) == 0).mean()) for answer in answers]


pd.DataFrame(
    {"SGD, BN": dead_neurons(sgd_bn_net), "Adam, BN": dead_neurons(adam_bn_net)}, ["fc1", "fc2"]
).T.round(3)

# %% [markdown] tags=["lang:en"]
# **Question (in your own words).** What has batch normalisation repaired, for which optimizer, and where do you see it
# in the figure? What has it not repaired?

# %% [markdown] tags=["lang:fr"]
# **Question (avec vos mots).** Qu'a réparé la normalisation par lots, pour quel optimiseur, et où le voyez-vous dans la
# figure ? Que n'a-t-elle pas réparé ?

# %% [markdown] tags=["answer", "lang:en"] question="cifar100.what_bn_repairs" tasks=["S0.5", "S0.T1"]
# It repairs the **signal**: in the normalised network, still untrained, the spread is about the same behind every
# convolution (0.3 to 0.5 from the second one on) instead of falling a thousandfold. So the gradient arrives everywhere
# too, and **SGD learns at once**: training accuracy 0.393 after ten epochs instead of 0.010. In the summary these are
# thirteen lines more and 16,896 parameters, half of which no gradient touches.
#
# It does not repair **Adam's steps**: still at chance. Its convolutions are alive, as the figure shows; but the sheet
# normalises convolutions only, and in the two `Dense` layers behind them 99.9 and 100 % of the neurons are dead.
#
# And the validation accuracy of SGD is only 0.105. A hundred photographs a class are soon learnt by heart. There is a
# second reason: in training, each batch is normalised by its own mean and variance, afterwards by moving averages, and
# these lag behind weights that move so quickly. Measured in that way, the same network has only 0.173 on its own
# training photographs (column `train` of the next table).

# %% [markdown] tags=["answer", "lang:fr"] question="cifar100.what_bn_repairs" tasks=["S0.5", "S0.T1"]
# Elle répare le **signal** : dans le réseau normalisé, encore sans entraînement, la dispersion est à peu près la même
# derrière chaque convolution (0,3 à 0,5 à partir de la deuxième) au lieu d'être divisée par mille. Le gradient arrive
# donc partout, lui aussi, et **SGD apprend aussitôt** : exactitude d'apprentissage 0,393 après dix époques au lieu de
# 0,010. Dans le résumé, ce sont treize lignes de plus et 16 896 paramètres, dont la moitié n'est touchée par aucun
# gradient.
#
# Elle ne répare pas **les pas d'Adam** : toujours au hasard. Ses convolutions sont vivantes, comme le montre la figure
# ; mais le sujet ne normalise que les convolutions, et dans les deux couches `Dense` qui suivent, 99,9 et 100 % des
# neurones sont morts.
#
# Et l'exactitude de validation de SGD n'est que 0,105. Cent photographies par classe sont vite apprises par cœur. Il y
# a une seconde raison : pendant l'apprentissage, chaque lot est normalisé par sa propre moyenne et sa propre variance,
# ensuite par des moyennes mobiles, et celles-ci sont en retard sur des poids qui bougent si vite. Mesuré ainsi, le même
# réseau n'a que 0,173 sur ses propres photographies d'apprentissage (colonne `train` de la table suivante).

# %% [markdown] tags=["lang:en"]
# ## 5. Dropout in the convolutional part
#
# The sheet asks for a dropout of 0.2 after each convolution, "but never just before or after a pooling layer": dropout
# and pooling do not go well together, for the maximum of four values, one of which may be switched off, is another one
# each time.
#
# **Question.** In how many places is a `Dropout` then allowed? (A normalisation does not count as a neighbour: what
# matters is convolution, dropout, pooling.)

# %% [markdown] tags=["lang:fr"]
# ## 5. Du dropout dans la partie convolutive
#
# Le sujet demande un dropout de 0,2 après chaque convolution, « mais jamais juste avant ou après une couche de
# pooling » : dropout et pooling ne vont pas bien ensemble, car le maximum de quatre valeurs, dont l'une peut être
# éteinte, est chaque fois un autre.
#
# **Question.** En combien d'endroits un `Dropout` est-il alors permis ? (Une normalisation ne compte pas comme
# voisine : ce qui compte, c'est convolution, dropout, pooling.)

# %% question="cifar100.dropout_places" tasks=["S0.T2"]
### BEGIN SOLUTION
dropout_places = 13 - 5
### END SOLUTION

# %% tags=["check"]
lk.check("cifar100.dropout_places", dropout_places)

# %% tasks=["S0.T2"]
run_adam_dropout = lk.train(
    net(batch_norm=True, dropout=0.2), trial, epochs=EPOCHS, batch_size=64, optimizer="adam", learning_rate=0.1,
    name="Adam, BN, dropout", ledger=ledger,
)  # fmt: skip
run_sgd_dropout = lk.train(
    net(batch_norm=True, dropout=0.2), trial, epochs=EPOCHS, batch_size=64, optimizer="sgd", learning_rate=0.1,
    name="SGD, BN, dropout", ledger=ledger,
)  # fmt: skip

# %% tasks=["S0.T2"]
_ = lk.plots.learning_curves({"SGD, BN": run_sgd_bn, "SGD, BN, dropout": run_sgd_dropout})
lk.compare(ledger, columns=["optimizer", "parameters", "train", "val", "test", "gap", "minutes", "diagnosis"])

# %% [markdown] tags=["lang:en"]
# **Question (in your own words).** What does dropout change, at the end of ten epochs? Which network do you judge the
# best, and by which number?

# %% [markdown] tags=["lang:fr"]
# **Question (avec vos mots).** Que change le dropout, au bout de dix époques ? Quel réseau jugez-vous le meilleur, et
# d'après quel nombre ?

# %% [markdown] tags=["answer", "lang:en"] question="cifar100.which_is_best" tasks=["S0.T2", "S0.T3"]
# With dropout the network learns by heart more slowly: training accuracy on the curve 0.198 instead of 0.393, gap
# +0.043 instead of +0.068. By validation accuracy it is ahead, 0.1185 against 0.1050; the standard error of each on
# 2,000 photographs is about 0.007, so this difference alone would not decide. The validation loss does: 4.17 against
# 5.12. Adam with dropout is at chance as before: dropout wakes no dead neuron. So the best one is SGD with batch
# normalisation and dropout, chosen by validation; and it has not ended learning (`diagnose` says so): more photographs
# and more epochs.

# %% [markdown] tags=["answer", "lang:fr"] question="cifar100.which_is_best" tasks=["S0.T2", "S0.T3"]
# Avec dropout, le réseau apprend moins vite par cœur : exactitude d'apprentissage sur la courbe 0,198 au lieu de 0,393,
# écart +0,043 au lieu de +0,068. Par l'exactitude de validation, il est devant, 0,1185 contre 0,1050 ; l'erreur type de
# chacune sur 2 000 photographies est d'environ 0,007 : cette différence seule ne déciderait pas. La perte de
# validation, si : 4,17 contre 5,12. Adam avec dropout est au hasard comme avant : le dropout ne réveille aucun mort. Le
# meilleur est donc SGD avec normalisation par lots et dropout, choisi par la validation ; et il n'a pas fini
# d'apprendre (`diagnose` le dit) : plus de photographies et plus d'époques.

# %% [markdown] tags=["lang:en"]
# ### The best one, for longer
#
# Now all the photographs and `LONG_EPOCHS` epochs, for a network with batch normalisation and dropout, with SGD that
# begins at 0.1. Two things from lab 3 come along, because they cost nothing: a learning rate that goes down to 0
# (cosine), and mirrored photographs. And one thing is new: `checkpoint=` names a file that is written after each epoch.
# When Colab cuts you off, run the notebook again: this training goes on where it was.

# %% [markdown] tags=["lang:fr"]
# ### Le meilleur, plus longtemps
#
# Maintenant toutes les photographies et `LONG_EPOCHS` époques, pour un réseau avec normalisation par lots et dropout,
# avec SGD qui commence à 0,1. Deux choses du TP 3 viennent avec, parce qu'elles ne coûtent rien : un taux
# d'apprentissage qui descend jusqu'à 0 (cosinus), et des photographies en miroir. Et une chose est nouvelle :
# `checkpoint=` nomme un fichier qui est écrit après chaque époque. Si Colab vous déconnecte, relancez le notebook : cet
# apprentissage reprend là où il en était.

# %% tasks=["S0.T3"]
long = photos.subset(LONG_PHOTOS, n_val=2_000)
steps = LONG_EPOCHS * int(np.ceil(len(long.x_train) / 64))
best_net = net(batch_norm=True, dropout=0.2)
run_best = lk.train(
    best_net, long, epochs=LONG_EPOCHS, batch_size=64,
    optimizer=keras.optimizers.SGD(keras.optimizers.schedules.CosineDecay(0.1, decay_steps=steps)),
    augment=keras.layers.RandomFlip("horizontal"), checkpoint="best.checkpoint", name="best", ledger=ledger,
)  # fmt: skip
_ = lk.plots.learning_curves(run_best)

# %% tags=["check"]
lk.check("cifar100.best", run_best)

# %% [markdown] tags=["lang:en"]
# **Save it**: architecture and weights in one file. (On Colab, the machine's disk is gone with the machine; to keep the
# file, connect your Drive with `from google.colab import drive; drive.mount("/content/drive")` and copy it to
# `/content/drive/MyDrive`, or download it from the file list on the left.)

# %% [markdown] tags=["lang:fr"]
# **Enregistrez-le** : architecture et poids dans un seul fichier. (Sur Colab, le disque de la machine disparaît avec
# elle ; pour garder le fichier, connectez votre Drive avec
# `from google.colab import drive; drive.mount("/content/drive")` et copiez-le dans `/content/drive/MyDrive`, ou
# téléchargez-le depuis la liste des fichiers, à gauche.)

# %% tasks=["S0.T3"]
best_net.save("vgg_cifar100.keras")
again = keras.models.load_model("vgg_cifar100.keras")
difference = np.abs(
    again.predict(photos.x_test[:64], verbose=0) - best_net.predict(photos.x_test[:64], verbose=0)
).max()
print(f"largest difference after saving and loading: {difference:g}")

# %% [markdown] tags=["lang:en"]
# ### On the test set

# %% [markdown] tags=["lang:fr"]
# ### Sur le jeu de test

# %% tasks=["S0.T4"]
result = lk.evaluate(best_net, photos)
print(f"{result}; the right class is among the first five: {result.top(5):.3f}")

# %% [markdown] tags=["lang:en"]
# A confusion matrix of 100×100 is no table to read, but a picture to look at. Put the classes of each superclass side
# by side first: then the blocks on the diagonal are confusions *within* a superclass.

# %% [markdown] tags=["lang:fr"]
# Une matrice de confusion de 100×100 n'est pas une table à lire, mais une image à regarder. Mettez d'abord côte à côte
# les classes de chaque superclasse : les blocs de la diagonale sont alors les confusions *à l'intérieur* d'une
# superclasse.

# %% tasks=["S0.T4"]
order = [name for names in superclasses.values() for name in names]
ax = lk.plots.confusion_matrix(result.confusion().loc[order, order])
_ = ax.hlines(range(5, 100, 5), 0, 100, colors="grey", lw=0.3)
_ = ax.vlines(range(5, 100, 5), 0, 100, colors="grey", lw=0.3)
_ = lk.plots.sign(ax, result.source)

# %% [markdown] tags=["lang:en"]
# The same judged by superclass (the probabilities of the five classes are added up), which can be read again; and the
# twenty pairs that are confused most.

# %% [markdown] tags=["lang:fr"]
# La même chose jugée par superclasse (les probabilités des cinq classes sont additionnées), ce qui redevient lisible ;
# et les vingt paires le plus souvent confondues.

# %% tasks=["S0.T4"]
coarse = result.grouped(superclasses)
print(coarse)
_ = lk.plots.confusion_matrix(coarse)

# %% tasks=["S0.T4"]
pairs = result.most_confused(20)
home = {name: superclass for superclass, names in superclasses.items() for name in names}
pairs.assign(
    same_superclass=[home[a] == home[b] for a, b in zip(pairs["true"], pairs["predicted"], strict=True)]
)

# %% [markdown] tags=["lang:en"]
# **Question.** If wrong answers fell on the 99 other classes by chance, which share of the errors would stay within the
# right superclass? Put it into `by_chance`; the next cell counts what really happens.

# %% [markdown] tags=["lang:fr"]
# **Question.** Si les réponses fausses tombaient au hasard sur les 99 autres classes, quelle part des erreurs resterait
# dans la bonne superclasse ? Mettez-la dans `by_chance` ; la cellule suivante compte ce qui se passe vraiment.

# %% question="cifar100.within" tasks=["S0.T4"]
### BEGIN SOLUTION
by_chance = 4 / 99
### END SOLUTION

# %% tags=["check"]
lk.check("cifar100.within", by_chance)

# %% tasks=["S0.T4"]
homes = np.array([home[name] for name in result.class_names])
wrong = result.errors()
within = (homes[result.y_true[wrong]] == homes[result.y_pred[wrong]]).mean()
print(
    f"{within:.3f} of the errors stay within the superclass, {within / by_chance:.1f} times as many as by chance"
)

# %% [markdown] tags=["lang:en"]
# ## 6. From what is known already
#
# Thousands of people have trained VGG-16 on the 1.28 million photographs of ImageNet, for weeks, and gave away the
# weights. The first layers of such a network have learnt edges, colours and textures, which are of use on any
# photograph. So: take its convolutional part, **freeze** it, put a small new head on it, and train only that (*feature
# extraction*); then, perhaps, release the last blocks and train on, in small steps (*fine-tuning*).
#
# **Question.** Build `sheet_net`, the one of the course sheet, for **10** classes: the base from
# `keras.applications.VGG16(weights=None, include_top=False, input_shape=(32, 32, 3))`, frozen (`base.trainable =
# False`); then, with the functional API, `Flatten`, `Dense` 512 with ReLU named `"fc1"`, and a softmax named
# `"predictions"`. (`weights=None` is enough for counting. `weights="imagenet"` downloads 59 MB; there is a cell for it
# at the end of this section.)

# %% [markdown] tags=["lang:fr"]
# ## 6. À partir de ce qui est déjà appris
#
# Des milliers de gens ont entraîné VGG-16 sur les 1,28 million de photographies d'ImageNet, pendant des semaines, et en
# ont donné les poids. Les premières couches d'un tel réseau ont appris des contours, des couleurs et des textures, qui
# servent sur n'importe quelle photographie. Donc : prendre sa partie convolutive, la **geler**, lui mettre une petite
# tête neuve et n'entraîner que celle-ci (*feature extraction*, l'extraction de caractéristiques) ; puis, peut-être,
# libérer les derniers blocs et continuer l'apprentissage, à petits pas (*fine-tuning*).
#
# **Question.** Construisez `sheet_net`, le réseau du sujet, pour **10** classes : la base, prise de
# `keras.applications.VGG16(weights=None, include_top=False, input_shape=(32, 32, 3))` et gelée
# (`base.trainable = False`) ; puis, avec l'API fonctionnelle, `Flatten`, `Dense` 512 avec ReLU nommée `"fc1"`, et un
# softmax nommé `"predictions"`. (`weights=None` suffit pour compter. `weights="imagenet"` télécharge 59 Mo ; il y a une
# cellule pour cela à la fin de cette section.)

# %% question="cifar100.sheet_net" tasks=["S0.T5"]
### BEGIN SOLUTION
base = keras.applications.VGG16(weights=None, include_top=False, input_shape=(32, 32, 3))
base.trainable = False
x = keras.layers.Flatten()(base.output)
x = keras.layers.Dense(512, activation="relu", name="fc1")(x)
sheet_net = keras.Model(base.input, keras.layers.Dense(10, activation="softmax", name="predictions")(x))
### END SOLUTION

# %% tags=["check"]
lk.check("cifar100.sheet_net", sheet_net)

# %% [markdown] tags=["lang:en"]
# **Question.** How many of its parameters are trained? Put the number into `trained`.

# %% [markdown] tags=["lang:fr"]
# **Question.** Combien de ses paramètres sont entraînés ? Mettez leur nombre dans `trained`.

# %% question="cifar100.trained" tasks=["S0.T5"]
### BEGIN SOLUTION
trained = (512 + 1) * 512 + (512 + 1) * 10
### END SOLUTION

# %% tags=["check"]
lk.check("cifar100.trained", trained)

# %% [markdown] tags=["lang:en"]
# `lk.models.transfer` builds the same network, and puts what must not be forgotten *inside* it: how the base wants its
# images. (The ImageNet weights want BGR with the mean colour subtracted; forget it, and nobody tells you.) So it is fed
# pixels 0..255.

# %% [markdown] tags=["lang:fr"]
# `lk.models.transfer` construit le même réseau, et met *dedans* ce qu'il ne faut pas oublier : comment la base veut ses
# images. (Les poids d'ImageNet veulent du BGR, couleur moyenne soustraite ; si vous l'oubliez, personne ne vous le
# dira.) On lui donne donc des pixels 0..255.

# %% tasks=["S0.T5"]
for classes in (10, 100):
    print(
        f"{classes} classes: {lk.models.transfer('vgg16', classes, (32, 32, 3), weights=None).count_params():,}"
    )

# %% [markdown] tags=["lang:en"]
# ### A base of our own
#
# The experiments below do not need the download. We have trained a VGG ourselves: `best_net`, on CIFAR-100. Its new
# task is **CIFAR-10**: other photographs, and ten classes of which it has seen none (CIFAR-100 has no cat, dog, ship or
# airplane; its nearest to a truck is a pickup truck).
#
# `transfer` takes a model too, copies its base (without the Dropout that it was trained with) and freezes the copy;
# `best_net` stays as it is.

# %% [markdown] tags=["lang:fr"]
# ### Une base à nous
#
# Les expériences qui suivent n'ont pas besoin du téléchargement. Nous avons nous-mêmes entraîné un VGG : `best_net`,
# sur CIFAR-100. Sa nouvelle tâche est **CIFAR-10** : d'autres photographies, et dix classes dont il n'a vu aucune
# (CIFAR-100 n'a ni chat, ni chien, ni bateau, ni avion ; ce qu'il a de plus proche d'un camion est un pick-up).
#
# `transfer` prend aussi un modèle, copie sa base (sans le Dropout avec lequel elle fut entraînée) et gèle la copie ;
# `best_net` reste tel quel.

# %% tasks=["S0.T5"]
target = lk.data.load("cifar10", validation=0.2).subset(TARGET_PHOTOS, n_val=1_000)
too_fast = lk.models.transfer(best_net, 10, (32, 32, 3), weights=None)
print(f"{too_fast.count_params():,} parameters, {lk.models.freeze(too_fast):,} of them trained")
target

# %% [markdown] tags=["lang:en"]
# First with the sheet's learning rate of 0.1, for `HEAD_EPOCHS` epochs in batches of 64. What will happen? (You know
# Adam by now.)

# %% [markdown] tags=["lang:fr"]
# D'abord avec le taux d'apprentissage du sujet, 0,1, pendant `HEAD_EPOCHS` époques avec des lots de 64. Que va-t-il se
# passer ? (Vous connaissez Adam, maintenant.)

# %% tasks=["S0.T6"]
run_too_fast = lk.train(
    too_fast,
    target,
    epochs=HEAD_EPOCHS,
    batch_size=64,
    optimizer="adam",
    learning_rate=0.1,
    name="frozen, 0.1",
    ledger=ledger,
)
four_numbers(run_too_fast).round(3)

# %% tasks=["S0.T6"]
print(lk.diagnose(run_too_fast))
print("features computed once:", run_too_fast.hyperparameters["cached_features"])

# %% [markdown] tags=["lang:en"]
# That was quick, for a reason: the base is frozen, so it makes the same features of a photograph in every epoch.
# `lk.train` notices that, computes them **once**, and trains the head on them. (Not with augmentation: then every
# photograph is a new one each time.) What does it save? The same training both ways:

# %% [markdown] tags=["lang:fr"]
# C'est allé vite, et il y a une raison : la base est gelée, elle tire donc d'une photographie les mêmes
# caractéristiques à chaque époque. `lk.train` le remarque, les calcule **une seule fois**, et entraîne la tête sur
# elles. (Pas avec de l'augmentation : chaque photographie est alors chaque fois une nouvelle.) Qu'y gagne-t-on ? Le
# même apprentissage, des deux façons :

# %% tasks=["S0.T6"]
minutes = {}
for cached in (True, False):
    head = lk.models.transfer(best_net, 10, (32, 32, 3), weights=None)
    run = lk.train(
        head, target, epochs=CACHE_EPOCHS, batch_size=64, learning_rate=1e-3, cache_features=cached
    )
    minutes[cached] = run.seconds / 60
    print(
        f"features computed once: {cached!s:5}  {run.seconds:6.1f} s  validation accuracy {run.last('val_accuracy'):.3f}"
    )
print(f"ratio {minutes[False] / minutes[True]:.1f}")

# %% [markdown] tags=["lang:en"]
# **Question.** Now with the sheet's second try: a learning rate of 0.01 and `HEAD_LONG_EPOCHS` epochs. Build
# `frozen_net` with `lk.models.transfer` from `best_net`, train it on `target` (Adam, batches of 64), and keep the run
# in `run_frozen`, named `"frozen, 0.01"`, with `ledger=ledger`.

# %% [markdown] tags=["lang:fr"]
# **Question.** Maintenant avec le second essai du sujet : un taux d'apprentissage de 0,01 et `HEAD_LONG_EPOCHS`
# époques. Construisez `frozen_net` avec `lk.models.transfer` à partir de `best_net`, entraînez-le sur `target` (Adam,
# lots de 64), et gardez l'entraînement dans `run_frozen`, nommé `"frozen, 0.01"`, avec `ledger=ledger`.

# %% question="cifar100.frozen" tasks=["S0.T6"]
### BEGIN SOLUTION
frozen_net = lk.models.transfer(best_net, 10, (32, 32, 3), weights=None)
run_frozen = lk.train(
    frozen_net, target, epochs=HEAD_LONG_EPOCHS, batch_size=64, optimizer="adam", learning_rate=0.01,
    name="frozen, 0.01", ledger=ledger,
)  # fmt: skip
### END SOLUTION

# %% tags=["check"]
lk.check("cifar100.frozen", run_frozen)

# %% tasks=["S0.T6"]
_ = lk.plots.learning_curves({"0.1": run_too_fast, "0.01": run_frozen})
print(lk.diagnose(run_frozen))

# %% tasks=["S0.T6"]
frozen_result = lk.evaluate(frozen_net, target)
print(frozen_result)
_ = lk.plots.confusion_matrix(frozen_result)

# %% [markdown] tags=["lang:en"]
# With 0.1 the head gets 0.264 of the validation photographs and does not settle: the steps are too large even for two
# layers. With 0.01 it reached 0.557 within a few epochs and then learnt its photographs by heart: the validation loss
# was smallest in epoch 3, the accuracy at the end is 0.492. A hundred epochs are the sheet's number; the curve says
# that a few are enough. (Ten epochs at 0.001, above, gave 0.572.)

# %% [markdown] tags=["lang:fr"]
# Avec 0,1, la tête a 0,264 des photographies de validation et ne se pose pas : les pas sont trop grands même pour deux
# couches. Avec 0,01, elle atteint 0,557 en quelques époques, puis apprend ses photographies par cœur : la perte de
# validation était minimale à l'époque 3, l'exactitude finale est 0,492. Cent époques, c'est le nombre du sujet ; la
# courbe dit que quelques-unes suffisent. (Dix époques à 0,001, plus haut, ont donné 0,572.)

# %% [markdown] tags=["lang:en"]
# ### Fine-tuning
#
# The head has learnt something now; so the base may be released, from its last block back to which one you like. The
# learning rate becomes small.
#
# **Question.** Why small, and why not before the head was trained?
#
# - **a** small steps are more exact, so the result is always better
# - **b** large steps, or the large errors of an untrained head, would destroy in a few steps what the base has learnt
# - **c** the base has more parameters than the head, and more parameters need smaller steps
# - **d** because Keras does not allow large ones for frozen layers

# %% [markdown] tags=["lang:fr"]
# ### Fine-tuning
#
# La tête a maintenant appris quelque chose ; on peut donc libérer la base, en remontant de son dernier bloc jusqu'à
# celui que vous voulez. Le taux d'apprentissage devient petit.
#
# **Question.** Pourquoi petit, et pourquoi pas avant que la tête soit entraînée ?
#
# - **a** de petits pas sont plus exacts, le résultat est donc toujours meilleur
# - **b** de grands pas, ou les grandes erreurs d'une tête non entraînée, détruiraient en quelques pas ce que la base a
#   appris
# - **c** la base a plus de paramètres que la tête, et plus de paramètres demandent des pas plus petits
# - **d** parce que Keras n'en permet pas de grands pour des couches gelées

# %% question="cifar100.small_steps" tasks=["S0.T5"]
### BEGIN SOLUTION
small_steps = "b"
### END SOLUTION

# %% tags=["check"]
lk.check("cifar100.small_steps", small_steps)

# %% tasks=["S0.T5"]
print(f"{lk.models.unfreeze(frozen_net, 'block4'):,} parameters are trained from now on")
run_tuned = lk.train(
    frozen_net,
    target,
    epochs=TUNE_EPOCHS,
    batch_size=64,
    learning_rate=1e-4,
    name="frozen, then fine-tuned",
    ledger=ledger,
)
four_numbers(run_too_fast, run_frozen, run_tuned).round(3)

# %% [markdown] tags=["lang:en"]
# And with a learning rate of 0.01 instead of 0.0001, on a fresh copy, to see what "destroy" means:

# %% [markdown] tags=["lang:fr"]
# Et avec un taux d'apprentissage de 0,01 au lieu de 0,0001, sur une copie neuve, pour voir ce que « détruire » veut
# dire :

# %% tasks=["S0.T6"]
destroyed = lk.models.transfer(best_net, 10, (32, 32, 3), weights=None, trainable_from="block4")
run_destroyed = lk.train(
    destroyed,
    target,
    epochs=TUNE_EPOCHS,
    batch_size=64,
    learning_rate=0.01,
    name="fine-tuned at 0.01",
    ledger=ledger,
)
_ = lk.plots.learning_curves({"0.0001": run_tuned, "0.01": run_destroyed})

# %% [markdown] tags=["lang:en"]
# In small steps, two released blocks add 0.028 to the validation accuracy of the over-trained head. At 0.01 the first
# epoch still shows something of what the base knew (0.409); from the second one on the loss is 2.303 = ln(10) and the
# accuracy 0.100. You know what that means.

# %% [markdown] tags=["lang:fr"]
# À petits pas, deux blocs libérés ajoutent 0,028 à l'exactitude de validation de la tête trop entraînée. À 0,01, la
# première époque montre encore un peu de ce que la base savait (0,409) ; à partir de la deuxième, la perte est 2,303 =
# ln(10) et l'exactitude 0,100. Vous savez ce que cela veut dire.

# %% [markdown] tags=["lang:en"]
# ### With the weights of ImageNet
#
# On a machine with a network connection (Colab), this is the sheet's network itself. It is not part of the stored run.

# %% [markdown] tags=["lang:fr"]
# ### Avec les poids d'ImageNet
#
# Sur une machine connectée à Internet (Colab), voici le réseau même du sujet. Il ne fait pas partie de l'exécution
# conservée.

# %% tags=["live"] tasks=["S0.T5", "S0.T7"]
imagenet = lk.models.transfer("vgg16", 10, (32, 32, 3), weights="imagenet")
run_imagenet = lk.train(
    imagenet,
    target,
    epochs=HEAD_EPOCHS,
    batch_size=64,
    learning_rate=1e-3,
    name="ImageNet, frozen",
    ledger=ledger,
)
print(run_imagenet, lk.diagnose(run_imagenet), sep="\n")

# %% [markdown] tags=["lang:en"]
# ## 7. What are a hundred labels worth?
#
# Labels are what costs money. So the question that decides whether you should begin from a trained network is: **how
# many labels have you got?** Three ways to a network for CIFAR-10, all of the same architecture:
#
# - **from scratch**: fresh weights, everything trained;
# - **frozen**: our base, only the head trained;
# - **fine-tuned**: our base, everything trained, in small steps.
#
# Each with three numbers of labels, in this notebook 1 %, 10 % and 100 % of `target`, and each three times with another
# seed (other first weights, another order). Fewer photographs get more epochs, so that none stops half-way.
#
# **Question.** Guess before you look: where is the pre-trained network ahead by most?
#
# - **a** where there are few labels
# - **b** where there are many
# - **c** it is ahead by the same everywhere
# - **d** it is never ahead: it has never seen these classes

# %% [markdown] tags=["lang:fr"]
# ## 7. Que valent cent labels ?
#
# Ce sont les labels qui coûtent de l'argent. La question qui décide s'il faut partir d'un réseau entraîné est donc :
# **combien de labels avez-vous ?** Trois façons d'arriver à un réseau pour CIFAR-10, toutes avec la même architecture :
#
# - **de zéro** (from scratch) : des poids neufs, tout est entraîné ;
# - **gelé** (frozen) : notre base, seule la tête est entraînée ;
# - **affiné** (fine-tuned) : notre base, tout est entraîné, à petits pas.
#
# Chacune avec trois nombres de labels, dans ce notebook 1 %, 10 % et 100 % de `target`, et à chaque fois trois fois,
# avec une autre graine (d'autres premiers poids, un autre ordre). Moins il y a de photographies, plus il y a d'époques,
# pour qu'aucun ne s'arrête à mi-chemin.
#
# **Question.** Devinez avant de regarder : où le réseau pré-entraîné a-t-il le plus d'avance ?
#
# - **a** là où il y a peu de labels
# - **b** là où il y en a beaucoup
# - **c** il a partout la même avance
# - **d** il n'a jamais d'avance : il n'a jamais vu ces classes

# %% question="cifar100.where_ahead" tasks=["S0.T5"]
### BEGIN SOLUTION
where_ahead = "a"
### END SOLUTION

# %% tags=["check"]
lk.check("cifar100.where_ahead", where_ahead)


# %% tasks=["S0.T5"]
def from_scratch():
    fresh = lk.models.vgg16(10, (32, 32, 3), width=WIDTH, batch_norm=True, dropout=0.2, head=(512,))
    for layer in fresh.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = 0.9  # few steps: its moving averages have to follow faster than usual
    return keras.Sequential([keras.Input((32, 32, 3)), keras.layers.Rescaling(1 / 255), fresh])


def frozen():
    return lk.models.transfer(best_net, 10, (32, 32, 3), weights=None)


def fine_tuned():
    return lk.models.transfer(best_net, 10, (32, 32, 3), weights=None, trainable_from="block1")


# %% tasks=["S0.T5"]
RATES = {from_scratch: 1e-3, frozen: 1e-3, fine_tuned: 1e-4}
label_ledger = lk.experiments.Ledger("cifar100_labels.jsonl")
label_runs = []
for count, epochs in LABELS.items():
    few = target.subset(count, n_val=500)
    for build, rate in RATES.items():
        label_runs += lk.experiments.sweep(
            build, few, {"seed": SEEDS}, epochs=epochs, batch_size=64, learning_rate=rate,
            ledger=label_ledger, name=f"{build.__name__}, {count} labels",
        )  # fmt: skip

# %% tasks=["S0.T5"]
_ = lk.experiments.plot_labels(label_runs)

# %% tasks=["S0.T5"]
scores = lk.compare(label_runs, columns=["model", "images", "test"])
scores.groupby(["model", "images"], sort=False)["test"].agg(["mean", "min", "max"]).round(3).unstack()

# %% [markdown] tags=["lang:en"]
# **Question (in your own words).** Read the figure: from how many labels on would you train from scratch? When is it
# enough to train the head, when is it worth while to fine-tune? And what would you expect of a base that was trained on
# ImageNet instead of our own one?

# %% [markdown] tags=["lang:fr"]
# **Question (avec vos mots).** Lisez la figure : à partir de combien de labels entraîneriez-vous de zéro ? Quand
# suffit-il d'entraîner la tête, quand le fine-tuning vaut-il la peine ? Et qu'attendriez-vous d'une base entraînée sur
# ImageNet au lieu de la nôtre ?

# %% [markdown] tags=["answer", "lang:en"] question="cifar100.labels" tasks=["S0.T5", "S0.T6", "S0.T7"]
# With **100 labels**, ten a class, the trained base gives 0.396 (fine-tuned) or 0.383 (only the head), from scratch
# 0.179, where guessing has 0.1. With **1,000**: 0.543, 0.490 and 0.316. With **10,000**: 0.650, 0.565 and 0.569. (Means
# of three seeds.)
#
# So the base is worth about ten times as many labels: with 100 it does better than the network from scratch with 1,000,
# and with 1,000 about as well as that one with 10,000. The lead is 0.216, 0.227 and 0.080: in accuracy it is of the
# same order for the first two and shrinks at last; measured in labels it is large everywhere, and with few labels
# nothing else works at all. From scratch I would train only with many more labels than these, or if no base fits.
#
# The head alone is enough with 100 labels: fine-tuning gains 0.013 there, within the spread of its seeds. With 1,000 it
# gains 0.053, with 10,000 0.085: the more labels, the more the base itself can learn from them. It must be done in
# small steps; at 0.01 there was nothing left of it.
#
# A base from ImageNet has seen 1.28 million photographs instead of 40,000, so I would expect its curves to lie higher,
# above all on the left; but it has seen them at 224×224, and here they have 32×32. That would have to be measured.

# %% [markdown] tags=["answer", "lang:fr"] question="cifar100.labels" tasks=["S0.T5", "S0.T6", "S0.T7"]
# Avec **100 labels**, dix par classe, la base entraînée donne 0,396 (fine-tuning) ou 0,383 (la tête seule), de zéro
# 0,179, quand deviner donne 0,1. Avec **1 000** : 0,543, 0,490 et 0,316. Avec **10 000** : 0,650, 0,565 et 0,569.
# (Moyennes de trois graines.)
#
# La base vaut donc environ dix fois plus de labels : avec 100, elle fait mieux que le réseau parti de zéro avec 1 000,
# et avec 1 000 à peu près aussi bien que celui-ci avec 10 000. L'avance est de 0,216, 0,227 et 0,080 : en exactitude,
# elle est du même ordre pour les deux premiers et diminue à la fin ; mesurée en labels, elle est grande partout, et
# avec peu de labels rien d'autre ne marche. De zéro, je n'entraînerais qu'avec bien plus de labels que cela, ou si
# aucune base ne convient.
#
# La tête seule suffit avec 100 labels : le fine-tuning y gagne 0,013, dans la dispersion de ses graines. Avec 1 000 il
# gagne 0,053, avec 10 000 0,085 : plus il y a de labels, plus la base elle-même peut en apprendre. Il faut le faire à
# petits pas ; à 0,01, il n'en restait rien.
#
# Une base d'ImageNet a vu 1,28 million de photographies au lieu de 40 000 : je m'attendrais à ce que ses courbes soient
# plus hautes, surtout à gauche ; mais elle les a vues en 224×224, et ici elles ont 32×32. Il faudrait le mesurer.

# %% [markdown] tags=["lang:en"]
# ## 8. Synthesis
#
# Every training of sections 3 to 6, from the ledger.

# %% [markdown] tags=["lang:fr"]
# ## 8. Synthèse
#
# Tous les entraînements des sections 3 à 6, d'après le registre.

# %% tasks=["S0.4", "S0.5", "S0.T2", "S0.T3", "S0.T6"]
lk.compare(
    ledger,
    columns=[
        "data",
        "images",
        "parameters",
        "optimizer",
        "learning_rate",
        "epochs",
        "train",
        "val",
        "test",
        "diagnosis",
    ],
)

# %% [markdown] tags=["lang:en"]
# ## What to take home
#
# - A loss that stays at ln(number of classes) means: nothing is learnt. Look for the reason in the signal, layer by
#   layer.
# - Without normalisation, thirteen layers with Keras's first weights let the signal die. SGD then stands still, at any
#   rate.
# - Adam's steps do not shrink with the gradient: a learning rate of 0.1 destroys a network in a few steps, normalised
#   or not.
# - Batch normalisation repairs what is lost on the way. It does not repair what the optimizer destroys.
# - A failed training is a result: it keeps its row, and its diagnosis.
# - A hundred classes: look at superclasses and at the most confused pairs, not at 10,000 cells.
# - With a frozen base the features are computed once. Fine-tune afterwards, in small steps.
# - The fewer labels, the more a trained base is worth.
#
# ### Going further
#
# 1. **The whole network.** On a T4 (Colab, or a machine of your own): `labkit run 04 --profile full`, or
#    `LABKIT_PROFILE=full` before you start. That is VGG-16 at full width on all 40,000 photographs. The two failures
#    should be the same. (We have not been able to run it: no GPU. As a measure: public repositories report 0.70 to 0.73
#    on CIFAR-100 for VGG-16 with batch normalisation, after 200 epochs and more, with a learning rate that goes down
#    and augmentation.)
# 2. **ImageNet.** Run the cell above with `weights="imagenet"`, then with `"vgg19"` and `"mobilenetv2"` instead of
#    `"vgg16"`; then for the hundred classes of CIFAR-100 (500 training photographs each): `transfer("vgg16", 100,
#    ...)`. Which of the labels' figures above do you expect to move?
# 3. **Without normalisation.** Build `vgg16` with `kernel_initializer="he_normal"` and draw its signal. Does SGD at 0.1
#    learn now? At 0.01?
# 4. **Adam as it is meant.** Train `net()` with Adam at 0.001 and at 0.0001. Does it need the normalisation?

# %% [markdown] tags=["lang:fr"]
# ## À retenir
#
# - Une perte qui reste à ln(nombre de classes) veut dire : rien n'est appris. Cherchez la raison dans le signal, couche
#   par couche.
# - Sans normalisation, treize couches avec les premiers poids de Keras laissent mourir le signal. SGD reste alors sur
#   place.
# - Les pas d'Adam ne diminuent pas avec le gradient : un taux de 0,1 détruit un réseau en quelques pas, normalisé ou
#   non.
# - La normalisation par lots répare ce qui se perd en chemin. Elle ne répare pas ce que l'optimiseur détruit.
# - Un apprentissage raté est un résultat : il garde sa ligne, et son diagnostic.
# - Cent classes : regardez les superclasses et les paires les plus confondues, et non 10 000 cases.
# - Avec une base gelée, les caractéristiques ne se calculent qu'une fois. Le fine-tuning vient ensuite, à petits pas.
# - Moins il y a de labels, plus une base entraînée a de valeur.
#
# ### Pour aller plus loin
#
# 1. **Le réseau entier.** Sur un T4 (Colab, ou une machine à vous) : `labkit run 04 --profile full`, ou
#    `LABKIT_PROFILE=full` avant de démarrer. C'est VGG-16 en pleine largeur sur les 40 000 photographies. Les deux
#    échecs devraient être les mêmes. (Nous n'avons pas pu le lancer : pas de GPU. Comme repère : des dépôts publics
#    annoncent 0,70 à 0,73 sur CIFAR-100 pour VGG-16 avec normalisation par lots, après 200 époques et plus, avec un
#    taux d'apprentissage décroissant et de l'augmentation.)
# 2. **ImageNet.** Exécutez la cellule ci-dessus avec `weights="imagenet"`, puis avec `"vgg19"` et `"mobilenetv2"` au
#    lieu de `"vgg16"` ; puis pour les cent classes de CIFAR-100 (500 photographies d'apprentissage chacune) :
#    `transfer("vgg16", 100, ...)`. Quelles courbes de la figure des labels devraient bouger ?
# 3. **Sans normalisation.** Construisez `vgg16` avec `kernel_initializer="he_normal"` et tracez son signal. SGD à 0,1
#    apprend-il alors ? À 0,01 ?
# 4. **Adam comme il est prévu.** Entraînez `net()` avec Adam à 0,001 et à 0,0001. A-t-il besoin de la normalisation ?

# %% [markdown] tags=["lang:en"]
# Done? On Colab, give the GPU back, so that your quota is there next week. Save your files first (`vgg_cifar100.keras`
# is where lab 5 begins).

# %% [markdown] tags=["lang:fr"]
# Terminé ? Sur Colab, rendez le GPU, pour que votre quota soit là la semaine prochaine. Enregistrez d'abord vos
# fichiers (c'est par `vgg_cifar100.keras` que commence le TP 5).

# %% tags=["live"]
lk.release_gpu()
