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
#       en: "Clothes and the size of numbers: Fashion-MNIST"
#       fr: "Des vêtements et l'échelle des nombres : Fashion-MNIST"
#     minutes: 150
#     gpu: true
#     needs:
#       en: "lab 1: convolution, pooling, counting weights, over-fitting"
#       fr: "le TP 1 : convolution, pooling, compte des poids, sur-apprentissage"
# ---

# %% [markdown] tags=["lang:en"]
# Fashion-MNIST has the form of MNIST (28×28 grey pixels, ten classes) but shows clothes, and clothes are harder than
# digits: a shirt and a coat differ less than a 3 and an 8.
#
# The course sheet asks for a network that is fed **raw pixels, 0 to 255**. That is a mistake that everybody makes once.
# Today you make it on purpose and measure what it does, instead of being told "always divide by 255".
#
# You will
#
# 1. prepare the images and labels, and say why some things need *not* be changed,
# 2. build the network and count its weights, layer by layer and neuron by neuron,
# 3. see in numbers what raw pixels do before, during and after training,
# 4. add dropout and judge whether more than 20 epochs are worth it,
# 5. find out whether another layer helps, and what a difference of 0.2 points means,
# 6. improve the network and put all runs into one table.

# %% [markdown] tags=["lang:fr"]
# Fashion-MNIST a la forme de MNIST (28×28 pixels gris, dix classes) mais montre des vêtements, plus difficiles que des
# chiffres : une chemise et un manteau diffèrent moins qu'un 3 et un 8.
#
# Le sujet demande un réseau nourri de **pixels bruts, de 0 à 255**. C'est une erreur que chacun fait une fois. Vous la
# ferez aujourd'hui exprès et mesurerez ses effets, au lieu de vous entendre dire « divisez toujours par 255 ».
#
# Vous allez
#
# 1. préparer les images et les labels, et dire pourquoi certaines choses n'ont *pas* à être changées,
# 2. construire le réseau et compter ses poids, par couche et par neurone,
# 3. voir en nombres ce que font les pixels bruts avant, pendant et après l'apprentissage,
# 4. ajouter du dropout et juger si plus de 20 époques valent la peine,
# 5. découvrir si une couche de plus aide, et ce que vaut une différence de 0,2 point,
# 6. améliorer le réseau et réunir tous les entraînements dans une table.

# %% tags=["setup"]
import labkit as lk

lk.setup(language="en")

import keras
import numpy as np
import pandas as pd

# %% [markdown] tags=["lang:en"]
# The budgets of this lab, in the open. `course` is what you get by default and has the 20 epochs of the sheet; `full`
# goes on where the lab asks whether one should; `smoke` is a run of a minute on a small stand-in for the data.

# %% [markdown] tags=["lang:fr"]
# Les budgets de ce TP, au grand jour. `course` est ce que vous avez par défaut, avec les 20 époques du sujet ; `full`
# continue là où le TP demande s'il le faut ; `smoke` est un essai d'une minute sur un petit échantillon.

# %%
EPOCHS = lk.by_profile(smoke=3, course=20, full=20)
SGD_EPOCHS = lk.by_profile(smoke=1, course=3, full=3)
DROPOUT_EPOCHS = lk.by_profile(smoke=4, course=20, full=40)
BEST_EPOCHS = lk.by_profile(smoke=8, course=8, full=20)
BATCH = lk.by_profile(smoke=32, course=128, full=128)

# %% [markdown] tags=["lang:en"]
# Nine trainings follow. A **ledger** keeps one line of each in a plain file, so that none is forgotten, not even the
# ones that fail; at the end it gives the table.

# %% [markdown] tags=["lang:fr"]
# Neuf entraînements vont suivre. Un **registre** (ledger) en garde une ligne chacun dans un simple fichier : aucun
# n'est oublié, pas même ceux qui échouent ; à la fin, il donne la table.

# %%
ledger = lk.experiments.Ledger("fashion.jsonl")

# %% [markdown] tags=["lang:en"]
# ## 1. The data

# %% [markdown] tags=["lang:fr"]
# ## 1. Les données

# %% tasks=["S4.1.1"]
dataset = lk.data.load("fashion_mnist", validation=0.2)
x_train, y_train = dataset.x_train, dataset.y_train
print("labels", y_train[:9], y_train.dtype)
dataset.describe()

# %% [markdown] tags=["lang:en"]
# **Question (in your own words).** A convolutional network is to classify these images. Of which parts must it be made,
# from the input to the output, and which shape must an image have for it?

# %% [markdown] tags=["lang:fr"]
# **Question (avec vos mots).** Un réseau de convolution doit classer ces images. De quelles parties doit-il être
# constitué, de l'entrée à la sortie, et quelle forme doit avoir une image pour lui ?

# %% [markdown] tags=["answer", "lang:en"] question="fashion.conv_net" tasks=["S4.1.2"]
# An input of shape `(28, 28, 1)`; convolutions with ReLU, which look for the same small patterns everywhere, each
# followed by a pooling, which makes the maps smaller and the neurons see further; `Flatten`; `Dense` layers, which put
# together what was found; an output of ten neurons, one a class.
#
# The 1 is the **channel axis**: a kernel is height × width × *channels*, so the layer must know how many numbers there
# are per pixel: 1 for grey, 3 for colour. The file says `(28, 28)`, because one number needs no axis to be stored.

# %% [markdown] tags=["answer", "lang:fr"] question="fashion.conv_net" tasks=["S4.1.2"]
# Une entrée de forme `(28, 28, 1)` ; des convolutions avec ReLU, qui cherchent partout les mêmes petits motifs, chacune
# suivie d'un pooling, qui réduit les cartes et fait voir les neurones plus loin ; `Flatten` ; des couches `Dense`, qui
# assemblent ce qui a été trouvé ; une sortie de dix neurones, un par classe.
#
# Le 1 est l'**axe des canaux** : un noyau est hauteur × largeur × *canaux*, la couche doit donc savoir combien de
# nombres compte un pixel : 1 en gris, 3 en couleur. Le fichier dit `(28, 28)`, car un seul nombre se range sans axe.

# %% [markdown] tags=["lang:en"]
# ### The names
#
# The labels are numbers 0 to 9. In this order they mean: T-shirt/top, Trouser, Pullover, Dress, Coat, Sandal, Shirt,
# Sneaker, Bag, Ankle boot. (In the course sheet: T-shirts, Pantalons, Pulls, Robes, Manteaux, Sandales, Chemises,
# Baskets, Sacs, Bottines.)
#
# **Question.** Write this as a Python list `names`, such that `names[label]` is the name of a label.

# %% [markdown] tags=["lang:fr"]
# ### Les noms
#
# Les labels sont des nombres de 0 à 9. Dans cet ordre, ils veulent dire : T-shirts, Pantalons, Pulls, Robes, Manteaux,
# Sandales, Chemises, Baskets, Sacs, Bottines.
#
# **Question.** Écrivez-les en une liste Python `names`, telle que `names[label]` soit le nom d'un label.

# %% question="fashion.names" tasks=["S4.1.4"]
### BEGIN SOLUTION
names = ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"]
names += ["Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"]
### END SOLUTION

# %% [markdown] tags=["lang:en"]
# The check looks at one name in the middle: it is wrong whenever one before it is missing.

# %% [markdown] tags=["lang:fr"]
# La vérification regarde un nom du milieu : il est faux dès qu'il en manque un avant lui.

# %% tags=["check"]
lk.check("fashion.names", names[6])

# %% [markdown] tags=["lang:en"]
# **Question.** Show the first **nine** training images, three by three, with their names, and keep the result in `ax`.

# %% [markdown] tags=["lang:fr"]
# **Question.** Montrez les **neuf** premières images d'apprentissage, trois par trois, avec leur nom, et gardez le
# résultat dans `ax`.

# %% question="fashion.show_nine" tasks=["S4.1.5"]
### BEGIN SOLUTION
ax = lk.plots.images(x_train, y_train, names, rows=3, columns=3, source=dataset.source)
### END SOLUTION

# %% tags=["check"]
lk.check("fashion.show_nine", ax)

# %% [markdown] tags=["lang:en"]
# ### The loss, and what it wants
#
# The loss is `sparse_categorical_crossentropy`. Here is what some network says about an image whose label is 9.
#
# **Question.** What is the loss of this one image? (Minus the natural logarithm of the probability that was given to
# the right class.)

# %% [markdown] tags=["lang:fr"]
# ### La perte, et ce qu'elle veut
#
# La perte est `sparse_categorical_crossentropy`. Voici ce qu'un réseau dit d'une image dont le label est 9.
#
# **Question.** Combien vaut la perte de cette seule image ? (L'opposé du logarithme naturel de la probabilité donnée à
# la bonne classe.)

# %%
label = 9
probabilities = np.array([0.01, 0.01, 0.01, 0.01, 0.01, 0.20, 0.01, 0.30, 0.04, 0.40])

# %% question="fashion.cross_entropy" tasks=["S4.1.3"]
### BEGIN SOLUTION
cross_entropy = -np.log(probabilities[label])
### END SOLUTION

# %% tags=["check"]
lk.check("fashion.cross_entropy", cross_entropy)

# %% [markdown] tags=["lang:en"]
# The label was needed for one thing only: to *pick* one of ten probabilities. Keras does the same with an integer
# (`Sparse...`) as with a one-hot row, where nine of ten products are 0:

# %% [markdown] tags=["lang:fr"]
# Le label n'a servi qu'à une chose : *choisir* l'une des dix probabilités. Keras fait de même avec un entier
# (`Sparse...`) et avec une ligne one-hot, où neuf produits sur dix sont nuls :

# %% tasks=["S4.1.3"]
row = keras.utils.to_categorical([label], 10)
sparse = keras.losses.SparseCategoricalCrossentropy()(np.array([label]), probabilities[np.newaxis])
one_hot = keras.losses.CategoricalCrossentropy()(row, probabilities[np.newaxis])
print(row)
print(f"sparse {float(sparse):.6f}, one-hot {float(one_hot):.6f}")

# %% [markdown] tags=["lang:en"]
# **Question (in your own words).** For `sparse_categorical_crossentropy`: what must be done to the labels, what to the
# images, what need not be done, and why?

# %% [markdown] tags=["lang:fr"]
# **Question (avec vos mots).** Pour `sparse_categorical_crossentropy` : que faut-il faire des labels, des images, que
# n'est-il pas nécessaire de faire, et pourquoi ?

# %% [markdown] tags=["answer", "lang:en"] question="fashion.labels" tasks=["S4.1.3"]
# **Labels: nothing.** They are integers 0 to 9, and the loss uses them as the place of the right probability. One-hot
# rows would give the same number, with at least ten times the memory; they are needed only for
# `categorical_crossentropy`.
#
# **Images: the channel axis.** The loss does not care about them, the first layer does: `(28, 28)` becomes
# `(28, 28, 1)`. Dividing by 255 is not *demanded* by loss or layer, nothing complains without it; whether it is
# *needed* is what section 3 measures.
#
# **Network:** ten outputs, because the loss reads off the one at the label's place, and they must be probabilities
# (softmax), or the loss be told that they are logits.

# %% [markdown] tags=["answer", "lang:fr"] question="fashion.labels" tasks=["S4.1.3"]
# **Les labels : rien.** Ce sont des entiers de 0 à 9, et la perte s'en sert comme de la place de la bonne probabilité.
# Des lignes one-hot donneraient le même nombre avec au moins dix fois plus de mémoire ; seule
# `categorical_crossentropy` en a besoin.
#
# **Les images : l'axe des canaux.** La perte ne s'en soucie pas, la première couche si : `(28, 28)` devient
# `(28, 28, 1)`. Diviser par 255 n'est *exigé* ni par la perte ni par une couche, rien ne proteste ; si c'est
# *nécessaire*, la section 3 le mesure.
#
# **Le réseau :** dix sorties, car la perte lit celle qui est à la place du label, et ce doivent être des probabilités
# (softmax), sinon il faut dire à la perte que ce sont des logits.

# %% [markdown] tags=["lang:en"]
# **Question.** Give `x_train` its channel axis: `(n, 28, 28, 1)`. Leave the values as they are, 0 to 255.

# %% [markdown] tags=["lang:fr"]
# **Question.** Donnez à `x_train` son axe des canaux : `(n, 28, 28, 1)`. Laissez les valeurs telles quelles, de 0 à
# 255.

# %% question="fashion.reshape" tasks=["S4.1.6"]
### BEGIN SOLUTION
x_train = x_train.reshape(-1, 28, 28, 1)
### END SOLUTION

# %% tags=["check"]
lk.check("fashion.reshape", x_train)

# %% [markdown] tags=["lang:en"]
# The whole data set in this form, `raw`, and the same images divided by 255, `scaled`. Nothing else differs between
# them.

# %% [markdown] tags=["lang:fr"]
# Tout le jeu de données sous cette forme, `raw`, et les mêmes images divisées par 255, `scaled`. Rien d'autre ne les
# distingue.

# %%
raw, scaled = dataset.with_channels(), dataset.scaled()
print("raw   ", raw.x_train.shape, raw.x_train.dtype, raw.x_train.max())
print("scaled", scaled.x_train.shape, scaled.x_train.dtype, scaled.x_train.max())

# %% [markdown] tags=["lang:en"]
# ## 2. The network
#
# **Question.** Which output layer does the network need, for ten classes and this loss?
#
# - **a** one neuron without activation: it gives the number of the class
# - **b** ten neurons with ReLU
# - **c** ten neurons with softmax
# - **d** ten neurons with sigmoid

# %% [markdown] tags=["lang:fr"]
# ## 2. Le réseau
#
# **Question.** De quelle couche de sortie le réseau a-t-il besoin, pour dix classes et cette perte ?
#
# - **a** un neurone sans activation : il donne le numéro de la classe
# - **b** dix neurones avec ReLU
# - **c** dix neurones avec softmax
# - **d** dix neurones avec sigmoïde

# %% question="fashion.output_layer" tasks=["S4.2.1"]
### BEGIN SOLUTION
output_layer = "c"
### END SOLUTION

# %% tags=["check"]
lk.check("fashion.output_layer", output_layer)

# %% [markdown] tags=["lang:en"]
# (In lab 1 the last layer had no activation and the loss was told `from_logits=True`: the same network, with the
# softmax inside the loss. Here the sheet asks for probabilities.)
#
# The network of the sheet:
#
# | layer | |
# |---|---|
# | `Input` | 28×28×1, raw pixels |
# | `Conv2D` | 16 kernels 5×5, ReLU |
# | `MaxPooling2D` | 2×2 |
# | `Conv2D` | 32 kernels 3×3, ReLU |
# | `MaxPooling2D` | 2×2 |
# | `Flatten` | |
# | `Dense` | 256, ReLU |
# | `Dense` | 128, ReLU |
# | `Dense` | the output layer |
#
# The sheet does not name a padding, so we take Keras's default, 'valid'. 'same' is a defensible reading too, and the
# checks accept both.
#
# **Question, pencil first.** How many parameters has **each layer with weights**? A list of five numbers. (Follow the
# width of the maps down to `Flatten`: 28, ...)

# %% [markdown] tags=["lang:fr"]
# (Au TP 1, la dernière couche n'avait pas d'activation et l'on disait à la perte `from_logits=True` : le même réseau,
# avec le softmax dans la perte. Ici, le sujet demande des probabilités.)
#
# Le réseau du sujet :
#
# | couche | |
# |---|---|
# | `Input` | 28×28×1, pixels bruts |
# | `Conv2D` | 16 noyaux 5×5, ReLU |
# | `MaxPooling2D` | 2×2 |
# | `Conv2D` | 32 noyaux 3×3, ReLU |
# | `MaxPooling2D` | 2×2 |
# | `Flatten` | |
# | `Dense` | 256, ReLU |
# | `Dense` | 128, ReLU |
# | `Dense` | la couche de sortie |
#
# Le sujet ne précise pas le padding ; nous prenons celui de Keras par défaut, 'valid'. 'same' est aussi une lecture
# défendable, et les vérifications acceptent les deux.
#
# **Question, d'abord au crayon.** Combien de paramètres a **chaque couche qui en a** ? Une liste de cinq nombres.
# (Suivez la largeur des cartes jusqu'à `Flatten` : 28, ...)

# %% question="fashion.layer_parameters" tasks=["S4.2.3"]
### BEGIN SOLUTION
flat = 5 * 5 * 32  # 28 > 24 > 12 > 10 > 5
layer_parameters = [
    (5 * 5 * 1 + 1) * 16,
    (3 * 3 * 16 + 1) * 32,
    (flat + 1) * 256,
    (256 + 1) * 128,
    (128 + 1) * 10,
]
### END SOLUTION

# %% tags=["check"]
lk.check("fashion.layer_parameters", layer_parameters)

# %% [markdown] tags=["lang:en"]
# **Question.** And how many parameters has **one neuron** of each of these layers? (A "neuron" of a convolution is one
# kernel: all its places share the same weights.) Five numbers again.

# %% [markdown] tags=["lang:fr"]
# **Question.** Et combien de paramètres a **un seul neurone** de chacune de ces couches ? (Le « neurone » d'une
# convolution est un noyau : toutes ses places partagent les mêmes poids.) De nouveau cinq nombres.

# %% question="fashion.neuron_parameters" tasks=["S4.2.3"]
### BEGIN SOLUTION
neuron_parameters = [26, 145, 801, 257, 129]
### END SOLUTION

# %% tags=["check"]
lk.check("fashion.neuron_parameters", neuron_parameters)

# %% [markdown] tags=["lang:en"]
# **Question.** Build the network as `model`, beginning with `keras.Input`.

# %% [markdown] tags=["lang:fr"]
# **Question.** Construisez le réseau, `model`, en commençant par `keras.Input`.

# %% question="fashion.model" tasks=["S4.2.2"]
### BEGIN SOLUTION
model = keras.Sequential(
    [
        keras.Input((28, 28, 1)),
        keras.layers.Conv2D(16, (5, 5), activation="relu", name="conv1"),
        keras.layers.MaxPooling2D((2, 2), name="pool1"),
        keras.layers.Conv2D(32, (3, 3), activation="relu", name="conv2"),
        keras.layers.MaxPooling2D((2, 2), name="pool2"),
        keras.layers.Flatten(name="flatten"),
        keras.layers.Dense(256, activation="relu", name="dense1"),
        keras.layers.Dense(128, activation="relu", name="dense2"),
        keras.layers.Dense(10, activation="softmax", name="output"),
    ],
    name="fashion",
)
### END SOLUTION

# %% tags=["check"]
lk.check("fashion.model", model)

# %% tasks=["S4.2.3"]
lk.count_parameters(model)

# %% [markdown] tags=["lang:en"]
# To compare trainings fairly, all of them begin with *the same* random weights:

# %% [markdown] tags=["lang:fr"]
# Pour comparer loyalement les entraînements, tous partent des *mêmes* poids aléatoires :

# %%
start = model.get_weights()


def fresh():
    net = keras.models.clone_model(model)
    net.set_weights(start)
    return net


# %% [markdown] tags=["lang:en"]
# ## 3. What raw pixels do
#
# ### Before any training
#
# Keras drew the weights at random, and not just anyhow. Glorot and Bengio (2010) chose their spread such that numbers
# **of about 1** that enter a layer leave it about as large. Ours are up to 255. The biases begin at 0.
#
# **Question.** Every image is multiplied by 255, the untrained weights stay. By how much are the ten **logits** (what
# enters the softmax) multiplied? (What does ReLU make of 255·a? And max pooling?)

# %% [markdown] tags=["lang:fr"]
# ## 3. Ce que font les pixels bruts
#
# ### Avant tout apprentissage
#
# Keras a tiré les poids au hasard, mais pas n'importe comment. Glorot et Bengio (2010) ont choisi leur dispersion pour
# que des nombres **de l'ordre de 1** qui entrent dans une couche en sortent à peu près aussi grands. Les nôtres vont
# jusqu'à 255. Les biais commencent à 0.
#
# **Question.** Chaque image est multipliée par 255, les poids non entraînés restent. Par combien sont multipliés les
# dix **logits** (ce qui entre dans le softmax) ? (Que fait la ReLU de 255·a ? Et le max pooling ?)

# %% question="fashion.factor" tasks=["S4.2.4"]
### BEGIN SOLUTION
factor = 255  # each layer hands on what it gets: f(255 a) = 255 f(a) while the biases are 0
### END SOLUTION

# %% tags=["check"]
lk.check("fashion.factor", factor)

# %% [markdown] tags=["lang:en"]
# Measured: how widely the outputs of each layer are spread (standard deviation over 500 images).

# %% [markdown] tags=["lang:fr"]
# Mesuré : la dispersion des sorties de chaque couche (écart-type sur 500 images).

# %% tasks=["S4.2.4"]
inside = keras.Model(model.inputs, [layer.output for layer in model.layers])
table = pd.DataFrame(index=[layer.name for layer in model.layers])
table["raw"] = [float(maps.std()) for maps in inside.predict(raw.x_val[:500], verbose=0)]
table["scaled"] = [float(maps.std()) for maps in inside.predict(scaled.x_val[:500], verbose=0)]
table["ratio"] = table["raw"] / table["scaled"]
table.round(3)

# %% [markdown] tags=["lang:en"]
# The factor 255 goes through every layer down to the softmax. That one cannot grow: it answers with certainty. Compare
# the loss with ln(10), the price of knowing nothing, and look at the largest of the ten probabilities (on average).

# %% [markdown] tags=["lang:fr"]
# Le facteur 255 traverse toutes les couches jusqu'au softmax. Celui-ci ne peut pas grandir : il répond avec certitude.
# Comparez la perte à ln(10), le prix de l'ignorance, et regardez la plus grande des dix probabilités (en moyenne).

# %% tasks=["S4.2.4"]
for name, images in (("raw", raw), ("scaled", scaled)):
    result = lk.evaluate(model, images, "val")
    surest = result.probabilities.max(axis=1).mean()
    print(f"{name:6} {result}, largest probability {surest:.3f}")
print(f"ln(10) {np.log(10):.3f}")

# %% [markdown] tags=["lang:en"]
# Same weights, same order of the logits, so **the same accuracy**: that of guessing. But on scaled images the network
# says "I do not know" (loss 2.30), on raw ones it is sure of nonsense (loss
# 13.4; a probability is counted as 10⁻⁷ at least, so an image costs 16.1 at most, or it would be more
# still). It does not begin at zero: it has to unlearn first.
#
# ### One step
#
# The gradient of a kernel's weight is *(error that comes back)* × *(pixel below it)*. Raw pixels are 255 times as
# large, and the error of a network that is sure of nonsense is larger too. Plain SGD steps by learning rate × gradient.
#
# How far does **one** step of SGD (learning rate 0.01, one batch of 128) move the first layer's weights, compared with
# their own size? Guess, then run.

# %% [markdown] tags=["lang:fr"]
# Mêmes poids, même ordre des logits, donc **même exactitude** : celle du hasard. Mais sur les images mises à l'échelle,
# le réseau dit « je ne sais pas » (perte 2,30) ; sur les images brutes, il est sûr de ses
# absurdités (perte 13,4 ; une probabilité compte au moins pour 10⁻⁷, une image coûte donc au plus
# 16,1 : ce serait plus encore). Il ne part pas de zéro : il doit d'abord désapprendre.
#
# ### Un seul pas
#
# Le gradient d'un poids de noyau est *(erreur qui revient)* × *(pixel en dessous)*. Les pixels bruts sont 255 fois plus
# grands, et l'erreur d'un réseau sûr de ses absurdités est plus grande aussi. La SGD simple avance de taux
# d'apprentissage × gradient.
#
# De combien **un** pas de SGD (taux 0,01, un lot de 128) déplace-t-il les poids de la première couche, comparé à leur
# propre taille ? Devinez, puis exécutez.


# %% tasks=["S4.2.4"]
def first_step(optimizer, images):
    net = fresh()
    net.compile(optimizer=optimizer, loss="sparse_categorical_crossentropy")
    net.train_on_batch(images.x_train[:128], images.y_train[:128])
    return net.get_weights()[0] - start[0]


for name, images in (("raw", raw), ("scaled", scaled)):
    step = first_step(keras.optimizers.SGD(0.01), images)
    print(f"{name:6} {np.linalg.norm(step) / np.linalg.norm(start[0]):.2%} of the weights' size")

# %% [markdown] tags=["lang:en"]
# On raw images the very first step is as large as the weights themselves (115 %, against
# 0.1 %): the random beginning that Glorot and Bengio thought out is gone.
#
# **Adam** divides each weight's gradient by a running mean of that gradient's own size. In the first step that is the
# gradient itself.
#
# **Question.** By how much does Adam's first step change each weight, with the learning rate 0.001 and raw images?

# %% [markdown] tags=["lang:fr"]
# Sur les images brutes, le tout premier pas est aussi grand que les poids eux-mêmes (115 %, contre
# 0,1 %) : le départ aléatoire pensé par Glorot et Bengio est perdu.
#
# **Adam** divise le gradient de chaque poids par une moyenne glissante de la taille de ce gradient même. Au premier
# pas, c'est le gradient lui-même.
#
# **Question.** De combien le premier pas d'Adam change-t-il chaque poids, avec le taux 0,001 et des images brutes ?

# %% question="fashion.adam_step" tasks=["S4.2.4"]
### BEGIN SOLUTION
adam_step = 0.001
### END SOLUTION

# %% tags=["check"]
lk.check("fashion.adam_step", adam_step)

# %%
for name, images in (("raw", raw), ("scaled", scaled)):
    step = first_step(keras.optimizers.Adam(0.001), images)
    print(f"{name:6} {np.median(np.abs(step)):.6f}")

# %% [markdown] tags=["lang:en"]
# Adam does not feel the scale of the gradients, so it hides most of the harm. Not all: the same change of a weight
# still changes what comes out of it 255 times as much when the pixels are 255 times as large.
#
# ### Twenty epochs of Adam
#
# The sheet's training, on raw images, and beside it the same on scaled ones. (Two of the lab's long cells.)

# %% [markdown] tags=["lang:fr"]
# Adam ne sent pas l'échelle des gradients et cache donc l'essentiel du mal. Pas tout : le même changement d'un poids
# change toujours 255 fois plus ce qui en sort quand les pixels sont 255 fois plus grands.
#
# ### Vingt époques d'Adam
#
# L'apprentissage du sujet, sur les images brutes, et à côté le même sur les images mises à l'échelle. (Deux des longues
# cellules du TP.)

# %% tasks=["S4.2.4"]
run_raw = lk.train(fresh(), raw, epochs=EPOCHS, batch_size=BATCH, name="raw", ledger=ledger)

# %% tags=["check"]
lk.check("fashion.raw_accuracy", run_raw)

# %% tasks=["S4.2.4"]
run_scaled = lk.train(fresh(), scaled, epochs=EPOCHS, batch_size=BATCH, name="scaled", ledger=ledger)
_ = lk.plots.learning_curves({"raw": run_raw, "scaled": run_scaled})
print("raw   ", lk.diagnose(run_raw))
print("scaled", lk.diagnose(run_scaled))

# %%
lk.compare([run_raw, run_scaled])

# %% [markdown] tags=["lang:en"]
# ### The same with plain SGD
#
# Four short trainings: raw and scaled, each with two learning rates that people use. **Which of them will learn?**
# Write down your guess before you run the cell.

# %% [markdown] tags=["lang:fr"]
# ### La même chose avec la SGD simple
#
# Quatre courts apprentissages : brut et mis à l'échelle, chacun avec deux taux que l'on emploie couramment. **Lesquels
# vont apprendre ?** Notez votre pronostic avant d'exécuter la cellule.

# %% tasks=["S4.2.4"]
sgd = []
for rate in (0.01, 0.1):
    for name, images in (("raw", raw), ("scaled", scaled)):
        run = lk.train(
            fresh(), images, epochs=SGD_EPOCHS, batch_size=BATCH, optimizer="sgd", learning_rate=rate,
            name=f"{name}, SGD {rate}", ledger=ledger,
        )  # fmt: skip
        sgd.append(run)

# %%
for run in sgd:
    print(f"{run.name}: {lk.diagnose(run)}")
lk.compare(sgd, columns=["optimizer", "learning_rate", "epochs", "val", "test", "diagnosis"])

# %% [markdown] tags=["lang:en"]
# Scaled images learn with both rates, and faster with the larger one. Raw images do not survive 0.1; with 0.01 it is a
# matter of luck. In a small experiment of ours (16,000 images, 3 epochs, three draws of the first weights) one learnt
# (validation accuracy 0.74), one ended in NaN and one was stuck at 0.42. In the stored run it went well: 0.809, even
# more than the 0.758 of the scaled images, for which 0.01 is a small rate. A setting that works for one seed and not
# for the next does not work.

# %% [markdown] tags=["lang:fr"]
# Les images mises à l'échelle apprennent avec les deux taux, et plus vite avec le grand. Les images brutes ne survivent
# pas à 0,1 ; avec 0,01, c'est affaire de chance. Dans un petit essai de notre part (16 000 images, 3 époques, trois
# tirages des premiers poids), l'un a appris (exactitude de validation 0,74), un a fini en NaN et un est resté bloqué à
# 0,42. Dans l'exécution conservée, tout s'est bien passé : 0,809, plus même que les 0,758 des images mises à l'échelle,
# pour lesquelles 0,01 est un petit taux. Un réglage qui marche pour une graine et non pour la suivante ne marche pas.

# %% [markdown] tags=["lang:en"]
# **Question (in your own words).** Analyse the results of the network on raw images: what goes wrong, where in the
# network it comes from, and why one hardly notices with Adam.

# %% [markdown] tags=["lang:fr"]
# **Question (avec vos mots).** Analysez les résultats du réseau sur les images brutes : qu'est-ce qui ne va pas, d'où
# cela vient-il dans le réseau, et pourquoi ne le remarque-t-on guère avec Adam ?

# %% [markdown] tags=["answer", "lang:en"] question="fashion.raw" tasks=["S4.2.4"]
# **What is seen.** With Adam both networks learn. Raw: first epoch at the loss 1.03 (scaled:
# 0.64), test accuracy 0.880 after 20 epochs (scaled: 0.895). Both over-fit:
# validation loss is smallest in epoch 4 (raw) and 9 (scaled) and rises afterwards
# while training loss falls. With SGD the raw one fails: NaN in the first epoch at 0.1.
#
# **Why.** The first weights are drawn for inputs of about 1. The factor 255 reaches the softmax undiminished and
# saturates it: sure of nonsense, a loss far above ln(10). The gradients grow with the pixels and with that error, so an
# SGD step of the usual rate throws the weights far away: NaN, or ReLUs that are 0 for every image and never learn
# again.
#
# **Adam** steps by about the learning rate whatever the gradients' size: it needs some steps to unlearn and then goes
# on. It hides the fault, it does not mend it: each of its steps moves the outputs much further than on scaled images,
# so the network learns its images by heart earlier, and ends lower. Dividing by 255 mends it, and costs nothing.

# %% [markdown] tags=["answer", "lang:fr"] question="fashion.raw" tasks=["S4.2.4"]
# **Ce que l'on voit.** Avec Adam, les deux réseaux apprennent. Brut : première époque à la perte
# 1,03 (mis à l'échelle : 0,64), exactitude de test 0,880 après 20
# époques (mis à l'échelle : 0,895). Les deux sur-apprennent : la perte de validation est minimale à l'époque
# 4 (brut) et 9 (mis à l'échelle), puis monte tandis que celle d'apprentissage
# descend. Avec la SGD, le réseau brut échoue : NaN dès la première époque à 0,1.
#
# **Pourquoi.** Les premiers poids sont tirés pour des entrées de l'ordre de 1. Le facteur 255 parvient intact au
# softmax et le sature : sûr de ses absurdités, une perte bien au-dessus de ln(10). Les gradients grandissent avec les
# pixels et avec cette erreur : un pas de SGD au taux habituel jette les poids au loin, d'où des NaN, ou des ReLU nulles
# pour toute image et qui n'apprennent plus jamais.
#
# **Adam** avance d'environ le taux d'apprentissage quelle que soit la taille des gradients : il lui faut quelques pas
# pour désapprendre, puis il avance. Il cache la faute, il ne la répare pas : chacun de ses pas déplace les sorties bien
# plus que sur des images mises à l'échelle, le réseau apprend donc plus tôt ses images par cœur, et finit plus bas.
# Diviser par 255 la répare, et ne coûte rien.

# %% [markdown] tags=["lang:en"]
# From here on the images are **scaled**. (The sheet does it later, with CIFAR-10. To follow it to the letter, write
# `raw` here. We have tried four epochs with the dropout network below: test accuracy 0.831 on raw images, 0.868 on
# scaled ones.)

# %% [markdown] tags=["lang:fr"]
# À partir d'ici, les images sont **mises à l'échelle**. (Le sujet le fait plus tard, avec CIFAR-10. Pour le suivre à la
# lettre, écrivez `raw` ici. Nous avons essayé quatre époques avec le réseau à dropout ci-dessous : exactitude de test
# 0,831 sur les images brutes, 0,868 sur les images mises à l'échelle.)

# %%
clothes = scaled

# %% [markdown] tags=["lang:en"]
# ## 4. Dropout
#
# ![Dropout in three training steps, and in prediction](../../images/dropout.png)
#
# In training, each step sets other values to 0 and enlarges the rest, so that the mean stays; in prediction nothing is
# dropped.
#
# **Question.** Build `dropout_model`: the network of section 2 with a `Dropout` after each pooling and each *hidden*
# `Dense`. The sheet gives no rate. We take **0.25 after a pooling** (few values, each of them seen by many neurons) and
# **0.5 after a `Dense`**, where most of the weights are, as Srivastava et al. (2014) do; any rate is accepted.

# %% [markdown] tags=["lang:fr"]
# ## 4. Le dropout
#
# ![Le dropout dans trois pas d'apprentissage, et en prédiction](../../images/dropout.png)
#
# En apprentissage, chaque pas met à 0 d'autres valeurs et agrandit les restantes, pour que la moyenne demeure ; en
# prédiction, rien n'est éteint.
#
# **Question.** Construisez `dropout_model` : le réseau de la section 2 avec un `Dropout` après chaque pooling et chaque
# `Dense` *cachée*. Le sujet ne donne pas de taux. Nous prenons **0,25 après un pooling** (peu de valeurs, chacune vue
# par beaucoup de neurones) et **0,5 après une `Dense`**, où sont la plupart des poids, comme Srivastava et al. (2014) ;
# tout taux est accepté.

# %% question="fashion.dropout_model" tasks=["S4.2.5"]
### BEGIN SOLUTION
dropout_model = keras.Sequential([keras.Input((28, 28, 1))], name="dropout")
for filters, size in ((16, 5), (32, 3)):
    dropout_model.add(keras.layers.Conv2D(filters, size, activation="relu"))
    dropout_model.add(keras.layers.MaxPooling2D(2))
    dropout_model.add(keras.layers.Dropout(0.25))
dropout_model.add(keras.layers.Flatten())
for units in (256, 128):
    dropout_model.add(keras.layers.Dense(units, activation="relu"))
    dropout_model.add(keras.layers.Dropout(0.5))
dropout_model.add(keras.layers.Dense(10, activation="softmax"))
### END SOLUTION

# %% tags=["check"]
lk.check("fashion.dropout_model", dropout_model)

# %% tasks=["S4.2.5"]
run_dropout = lk.train(
    dropout_model, clothes, epochs=DROPOUT_EPOCHS, batch_size=BATCH, name="dropout", ledger=ledger
)
_ = lk.plots.learning_curves({"plain": run_scaled, "dropout": run_dropout})
print("plain  ", lk.diagnose(run_scaled))
print("dropout", lk.diagnose(run_dropout))

# %% [markdown] tags=["lang:en"]
# Something is odd: the validation curve of the dropout network lies *above* its training curve. Has it done better on
# images that it has never learnt from? Here are three accuracies of the same network. The first is the last point of
# the training curve.

# %% [markdown] tags=["lang:fr"]
# Quelque chose est étrange : la courbe de validation du réseau à dropout passe *au-dessus* de sa courbe
# d'apprentissage. Ferait-il mieux sur des images dont il n'a jamais rien appris ? Voici trois exactitudes du même
# réseau. La première est le dernier point de la courbe d'apprentissage.

# %% tasks=["S4.2.5"]
print(f"training images, dropout on   {run_dropout.last('accuracy'):.4f}")
print(f"training images, dropout off  {run_dropout.train['accuracy']:.4f}")
print(f"validation images, off        {run_dropout.val['accuracy']:.4f}")

# %% [markdown] tags=["lang:en"]
# **Question (in your own words).** What has dropout changed? And why does the validation curve lie above the training
# curve?

# %% [markdown] tags=["lang:fr"]
# **Question (avec vos mots).** Qu'a changé le dropout ? Et pourquoi la courbe de validation passe-t-elle au-dessus de
# la courbe d'apprentissage ?

# %% [markdown] tags=["answer", "lang:en"] question="fashion.dropout" tasks=["S4.2.5"]
# Without dropout the curves part: training accuracy goes to 0.953, validation stays at 0.901, and
# validation loss rises from epoch 9 on. With dropout learning is slower and the curves stay
# together: 0.922 and 0.910, validation loss 0.241 at the end instead of
# 0.379. Test: 0.907 instead of 0.895. The number of weights is the same.
#
# The two curves are not measured alike. A point of the training curve is an average over the epoch, with neurons
# switched off, while the weights were still worse than at its end; validation comes after the epoch and with all
# neurons. Measured in the same way, with dropout off, the training images do better than the validation images, as they
# should: 0.922 against 0.910.

# %% [markdown] tags=["answer", "lang:fr"] question="fashion.dropout" tasks=["S4.2.5"]
# Sans dropout, les courbes se séparent : l'exactitude d'apprentissage va à 0,953, celle de validation reste
# à 0,901, et la perte de validation monte dès l'époque 9. Avec le dropout, on apprend plus
# lentement et les courbes restent ensemble : 0,922 et 0,910, perte de validation finale
# 0,241 au lieu de 0,379. Test : 0,907 au lieu de 0,895. Le nombre de
# poids est le même.
#
# Les deux courbes ne sont pas mesurées de la même façon. Un point de la courbe d'apprentissage est une moyenne sur
# l'époque, avec des neurones éteints, alors que les poids étaient encore moins bons qu'à sa fin ; la validation vient
# après l'époque et avec tous les neurones. Mesurées de la même façon, sans dropout, les images d'apprentissage font
# mieux que celles de validation, comme il se doit : 0,922 contre 0,910.

# %% [markdown] tags=["lang:en"]
# ### Error rates, and when to stop
#
# **Question.** Compute `val_error` and `test_error`, the **error rates** of the dropout network: the shares of images
# that it gets wrong. (`run_dropout.val` and `run_dropout.test` hold its scores, or use `lk.evaluate`.)

# %% [markdown] tags=["lang:fr"]
# ### Les taux d'erreur, et quand s'arrêter
#
# **Question.** Calculez `val_error` et `test_error`, les **taux d'erreur** du réseau à dropout : les parts d'images sur
# lesquelles il se trompe. (`run_dropout.val` et `run_dropout.test` contiennent ses scores ; ou prenez `lk.evaluate`.)

# %% question="fashion.errors" tasks=["S4.2.6"]
### BEGIN SOLUTION
val_error = 1 - run_dropout.val["accuracy"]
test_error = 1 - run_dropout.test["accuracy"]
### END SOLUTION

# %% tags=["check"]
lk.check("fashion.errors", 1 - max(val_error, test_error))

# %%
print(f"validation error {val_error:.2%}, test error {test_error:.2%}")

# %% [markdown] tags=["lang:en"]
# Was 20 epochs too many, too few? The validation loss knows: the epoch in which it is smallest, and how much the last
# quarter of the epochs brought.

# %% [markdown] tags=["lang:fr"]
# 20 époques, était-ce trop, trop peu ? La perte de validation le sait : l'époque où elle est minimale, et ce qu'a
# apporté le dernier quart des époques.

# %% tasks=["S4.2.6"]
for run in (run_scaled, run_dropout):
    losses = run.history["val_loss"]
    before = min(losses[: 3 * len(losses) // 4])
    print(f"{run.name:8} smallest in epoch {np.argmin(losses) + 1} of {len(losses)}: {min(losses):.4f}")
    print(f"         after three quarters {before:.4f}, at the end {losses[-1]:.4f}")

# %% [markdown] tags=["lang:en"]
# **Question (in your own words).** What do you notice about the two error rates? Is it sensible to train this network
# for more than 20 epochs? Argue from the curves, for the network without and with dropout.

# %% [markdown] tags=["lang:fr"]
# **Question (avec vos mots).** Que remarquez-vous sur les deux taux d'erreur ? Est-il judicieux d'entraîner ce réseau
# plus de 20 époques ? Argumentez d'après les courbes, pour le réseau sans puis avec dropout.

# %% [markdown] tags=["answer", "lang:en"] question="fashion.epochs" tasks=["S4.2.6"]
# The error rates are close to each other, 9.0 % on validation and 9.4 % on test:
# a difference of 0.4 points, no larger than its standard error. The network has learnt from neither, and
# neither was used much for choosing, so the validation error is an honest forecast of the test error.
#
# *Without dropout*: no. Validation loss is smallest in epoch 9; every later epoch learns the training images by heart.
# Fewer than 20 would do. *With dropout*: validation loss is smallest in epoch 19 of 20 (0.239), but the last five
# epochs have brought no more than 0.012. More epochs do no harm here, but what they bring gets smaller and smaller and
# costs as much each time; that is why one watches the validation loss and stops when it no longer falls, instead of
# choosing a number beforehand.

# %% [markdown] tags=["answer", "lang:fr"] question="fashion.epochs" tasks=["S4.2.6"]
# Les taux d'erreur sont proches, 9,0 % en validation et 9,4 % en test :
# une différence de 0,4 point, pas plus grande que son erreur type. Le réseau n'a appris ni des unes ni des
# autres, et aucune n'a guère servi à choisir : l'erreur de validation est une prévision honnête de l'erreur de test.
#
# *Sans dropout* : non. La perte de validation est minimale à l'époque 9 ; chaque époque suivante
# apprend par cœur les images d'apprentissage. Moins de 20 suffiraient. *Avec dropout* :
# la perte de validation est minimale à l'époque 19 sur 20 (0,239), mais les cinq dernières n'ont apporté que 0,012. Plus
# d'époques ne nuisent pas ici, mais ce qu'elles apportent est de plus en plus petit et coûte chaque fois autant ; c'est
# pourquoi l'on surveille la perte de validation et l'on arrête quand elle ne descend plus, au lieu de fixer un nombre
# d'avance.

# %% [markdown] tags=["lang:en"]
# ## 5. Would another layer help?
#
# The sheet adds a further `Dense` of **128** neurons (ReLU) after the two others.
#
# **Question.** How many parameters does the network have then, in all?

# %% [markdown] tags=["lang:fr"]
# ## 5. Une couche de plus aiderait-elle ?
#
# Le sujet ajoute une `Dense` de **128** neurones (ReLU) après les deux autres.
#
# **Question.** Combien de paramètres le réseau a-t-il alors, en tout ?

# %% question="fashion.extra_parameters" tasks=["S4.2.7"]
### BEGIN SOLUTION
extra_parameters = dropout_model.count_params() + (128 + 1) * 128
### END SOLUTION

# %% tags=["check"]
lk.check("fashion.extra_parameters", extra_parameters)

# %% [markdown] tags=["lang:en"]
# Trained in exactly the same way as the dropout network (`lk.models.fashion_cnn` builds the networks of this sheet):

# %% [markdown] tags=["lang:fr"]
# Entraîné exactement comme le réseau à dropout (`lk.models.fashion_cnn` construit les réseaux de ce sujet) :

# %% tasks=["S4.2.7"]
extra_model = lk.models.fashion_cnn(extra_dense=True, pool_dropout=0.25, dense_dropout=0.5)
run_extra = lk.train(
    extra_model, clothes, epochs=DROPOUT_EPOCHS, batch_size=BATCH, name="extra Dense 128", ledger=ledger
)
lk.compare([run_dropout, run_extra], columns=["parameters", "train", "val", "test", "gap"])

# %% [markdown] tags=["lang:en"]
# ### How large must a difference be?
#
# The test images are 10,000 drawn from all the clothes there are. With others, the accuracy would have come out a
# little higher or lower: by its **standard error**, √(p(1 − p)/n) for an accuracy p on n images.
#
# **Question.** What is the standard error for p = 0.9 and n = 10,000?

# %% [markdown] tags=["lang:fr"]
# ### À partir de quand une différence compte-t-elle ?
#
# Les images de test sont 10 000 vêtements tirés parmi tous ceux qui existent. Avec d'autres, l'exactitude aurait été un
# peu plus haute ou plus basse : de son **erreur standard**, √(p(1 − p)/n) pour une exactitude p sur n images.
#
# **Question.** Combien vaut l'erreur standard pour p = 0,9 et n = 10 000 ?

# %% question="fashion.standard_error" tasks=["S4.2.7"]
### BEGIN SOLUTION
standard_error = np.sqrt(0.9 * (1 - 0.9) / 10_000)
### END SOLUTION

# %% tags=["check"]
lk.check("fashion.standard_error", standard_error)

# %%
difference = run_extra.test["accuracy"] - run_dropout.test["accuracy"]
print(f"{difference:+.4f}, standard error of one accuracy {standard_error:.4f}")

# %% [markdown] tags=["lang:en"]
# Two networks that differ by less than about 0.3 points cannot be told apart by these images: treat them as equal. (And
# training itself is random: another seed alone often moves the accuracy by as much.)
#
# **Question (in your own words).** Has the further `Dense` improved the model? What do you deduce from that about what
# the network lacks? From what you know about images: can the model be improved, and how?

# %% [markdown] tags=["lang:fr"]
# Deux réseaux qui diffèrent de moins de 0,3 point environ ne peuvent être départagés par ces images : tenez-les pour
# égaux. (Et l'apprentissage lui-même est aléatoire : une autre graine, à elle seule, déplace souvent l'exactitude
# d'autant.)
#
# **Question (avec vos mots).** La `Dense` supplémentaire a-t-elle amélioré le modèle ? Qu'en déduisez-vous sur ce qui
# manque au réseau ? D'après ce que vous savez des images : le modèle peut-il être amélioré, et comment ?

# %% [markdown] tags=["answer", "lang:en"] question="fashion.extra_dense" tasks=["S4.2.7"]
# 16,512 more weights, and the test accuracy goes from 0.907 to 0.902: half a point *less*, which chance alone can do
# (the difference of two accuracies has a standard error of √2 · 0.3 = 0.4 points), and certainly no gain. The training
# accuracy does not gain by it either (0.922 and 0.919).
#
# So the *number of weights* is not what is lacking: without dropout the smaller network already learns its training
# images nearly by heart (0.953). What comes out of the convolutions is: two of them, with 16 and 32 kernels,
# hand 5×5 places to the `Dense` part, and no further `Dense` can bring back a collar or a row of buttons that was lost
# before `Flatten`.
#
# On the side of the *images* there is much to do: more convolutions before each pooling (larger receptive field, more
# complex patterns), 'same' padding (nothing lost at the border), batch normalisation, mirrored images as further
# training data: a mirrored shirt is a shirt.

# %% [markdown] tags=["answer", "lang:fr"] question="fashion.extra_dense" tasks=["S4.2.7"]
# 16 512 poids de plus, et l'exactitude de test passe de 0,907 à 0,902 : un demi-point de *moins*, ce que le hasard seul
# peut faire (la différence de deux exactitudes a une erreur type de √2 · 0,3 = 0,4 point), et certainement pas un gain.
# L'exactitude d'apprentissage n'y gagne pas non plus (0,922 et 0,919).
#
# Ce n'est donc pas le *nombre de poids* qui manque : sans dropout, le plus petit réseau apprend déjà presque par cœur
# ses images d'apprentissage (0,953). C'est ce qui sort des convolutions : deux seulement, de 16 et 32
# noyaux, livrent 5×5 places à la partie `Dense`, et aucune `Dense` de plus ne rendra un col ou une rangée de boutons
# perdus avant `Flatten`.
#
# Du côté des *images*, il y a beaucoup à faire : plus de convolutions avant chaque pooling (champ récepteur plus grand,
# motifs plus complexes), padding 'same' (rien n'est perdu au bord), normalisation par lots, images en miroir comme
# données supplémentaires : une chemise en miroir est une chemise.

# %% [markdown] tags=["lang:en"]
# ## 6. A better network
#
# Put to the test: **pairs** of 3×3 convolutions (16, 16, pooling, 32, 32, pooling), 'same', batch normalisation, less
# dropout. Lab 3 takes this network apart; here it only has to answer whether the convolutions were what was lacking.

# %% [markdown] tags=["lang:fr"]
# ## 6. Un meilleur réseau
#
# Mise à l'épreuve : des **paires** de convolutions 3×3 (16, 16, pooling, 32, 32, pooling), 'same', normalisation par
# lots, moins de dropout. Le TP 3 démonte ce réseau ; ici il doit seulement répondre : était-ce aux convolutions qu'il
# manquait quelque chose ?

# %% tasks=["S4.2.7"]
deep_model = lk.models.deep_cnn(
    (28, 28, 1), padding="same", batch_norm=True, pool_dropout=0.25, dense_dropout=0.25
)
run_deep = lk.train(deep_model, clothes, epochs=BEST_EPOCHS, batch_size=BATCH, name="deep", ledger=ledger)
print(f"{deep_model.count_params():,} parameters,", lk.diagnose(run_deep))

# %% tags=["check"]
lk.check("fashion.accuracy", run_deep)

# %% [markdown] tags=["lang:en"]
# ### All runs
#
# The synthesis table, the best test accuracy first; failed runs are in it too.

# %% [markdown] tags=["lang:fr"]
# ### Tous les entraînements
#
# La table de synthèse, la meilleure exactitude de test d'abord ; les échecs y sont aussi.

# %% tasks=["S4.2.7"]
lk.compare(ledger).sort_values("test", ascending=False)

# %%
_ = lk.experiments.plot_compare(ledger.runs(), metric="val_accuracy")

# %% [markdown] tags=["lang:en"]
# Choose by the **validation** score; the test score is for reporting what was chosen.

# %% [markdown] tags=["lang:fr"]
# Choisissez d'après le score de **validation** ; le score de test sert à rendre compte de ce qui a été choisi.

# %%
winner = lk.experiments.best(ledger, by="val")
print(winner)

# %% [markdown] tags=["lang:en"]
# ### Where it still goes wrong

# %% [markdown] tags=["lang:fr"]
# ### Où il se trompe encore

# %% tasks=["S4.2.7"]
result = lk.evaluate(deep_model, clothes)
_ = lk.plots.confusion_matrix(result)

# %%
classes = result.per_class()
classes.round(3)

# %%
result.most_confused(5).round(3)

# %% [markdown] tags=["lang:en"]
# The worst class, and its errors, the most confident first. What would you have said?

# %% [markdown] tags=["lang:fr"]
# La pire classe, et ses erreurs, les plus sûres d'elles d'abord. Qu'auriez-vous dit ?

# %%
worst = classes.index[0]
_ = lk.plots.errors(clothes.x_test, result, true=clothes.class_names.index(worst), n=10)

# %% [markdown] tags=["lang:en"]
# **Question (in your own words).** Which class is the worst, with what is it confused, and why? Could any network get
# all of them right?

# %% [markdown] tags=["lang:fr"]
# **Question (avec vos mots).** Quelle est la pire classe, avec quoi est-elle confondue, et pourquoi ? Un réseau
# pourrait-il toutes les reconnaître ?

# %% [markdown] tags=["answer", "lang:en"] question="fashion.worst" tasks=["S4.2.7"]
# In the stored run: the shirt, 0.704, mistaken before all for a coat (95 times), a T-shirt (93) and a pullover (73).
# Shirts, T-shirts, pullovers and coats have the same outline: a trunk and two sleeves. What tells them apart (a collar,
# buttons, an opening, the cloth) is a few pixels wide, or nothing at all at 28×28. Trousers, bags and boots have
# outlines of their own and are nearly always right.
#
# All of them: no. Some images would puzzle a person too, and some labels are arguable. Where the picture does not hold
# the information, no network can find it.

# %% [markdown] tags=["answer", "lang:fr"] question="fashion.worst" tasks=["S4.2.7"]
# Dans l'exécution conservée : la chemise, 0,704, confondue avant tout avec un manteau (95 fois), un T-shirt (93) et un
# pull (73). Chemises, T-shirts, pulls et manteaux ont le même contour : un tronc et deux manches. Ce qui les distingue
# (un col, des boutons, une ouverture, le tissu) fait quelques pixels de large, ou rien du tout à 28×28. Pantalons, sacs
# et bottines ont des contours à eux et sont presque toujours reconnus.
#
# Toutes : non. Certaines images embarrasseraient aussi une personne, et certains labels se discutent. Là où l'image ne
# contient pas l'information, aucun réseau ne peut la trouver.

# %% [markdown] tags=["lang:en"]
# ## What to take home
#
# - Integer labels go with `sparse_categorical_crossentropy`, one-hot rows with `categorical_crossentropy`: the same
#   number.
# - A grey image needs its channel axis. Nothing *demands* that it be scaled, and that is why scaling is forgotten.
# - A healthy untrained network has the loss ln(10). Well above it: look at the scale of the input first.
# - Adam hides a wrong scale; SGD shows it.
# - Training curves are drawn with dropout on, validation curves with dropout off.
# - On 10,000 images, 0.3 points are noise. More weights are no cure where the features are lacking.
# - Keep every run, the failed ones too, and choose by validation.
#
# ### Going further
#
# 1. `clothes = raw` in section 4, and run on from there. What does dropout make of a wrong scale?
# 2. Put a `keras.layers.BatchNormalization()` right behind the input of `model` and train it on raw images with SGD at
#    0.1. Why does that help?
# 3. Train `deep_model` with `augment=keras.layers.RandomFlip("horizontal")`. Which classes gain?
# 4. Train the dropout network with three seeds (build it again each time). How large is the spread against 0.3 points?

# %% [markdown] tags=["lang:fr"]
# ## À retenir
#
# - Des labels entiers vont avec `sparse_categorical_crossentropy`, des lignes one-hot avec `categorical_crossentropy` :
#   le même nombre.
# - Une image grise a besoin de son axe des canaux. Rien n'*exige* qu'on la mette à l'échelle, et c'est pourquoi on
#   l'oublie.
# - Un réseau non entraîné en bonne santé a la perte ln(10). Nettement au-dessus : regardez d'abord l'échelle des
#   entrées.
# - Adam cache une mauvaise échelle ; la SGD la montre.
# - Les courbes d'apprentissage sont tracées avec dropout, celles de validation sans.
# - Sur 10 000 images, 0,3 point n'est que du bruit. Plus de poids ne remédient à rien quand ce sont les
#   caractéristiques qui manquent.
# - Gardez tous les entraînements, même ratés, et choisissez d'après la validation.
#
# ### Pour aller plus loin
#
# 1. `clothes = raw` à la section 4, et exécutez la suite. Que devient le dropout avec une mauvaise échelle ?
# 2. Placez un `keras.layers.BatchNormalization()` juste derrière l'entrée de `model` et entraînez-le sur les images
#    brutes, en SGD à 0,1. Pourquoi cela aide-t-il ?
# 3. Entraînez `deep_model` avec `augment=keras.layers.RandomFlip("horizontal")`. Quelles classes y gagnent ?
# 4. Entraînez le réseau à dropout avec trois graines (construisez-le à nouveau à chaque fois). Quelle est la
#    dispersion, face à 0,3 point ?

# %% [markdown] tags=["lang:en"]
# Done? On Colab, give the GPU back, so that your quota is there next week. Save your files first.

# %% [markdown] tags=["lang:fr"]
# Terminé ? Sur Colab, rendez le GPU, pour que votre quota soit là la semaine prochaine. Enregistrez d'abord vos
# fichiers.

# %% tags=["live"]
lk.release_gpu()
