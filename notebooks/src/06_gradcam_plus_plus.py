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
#       en: "Where does it look? Grad-CAM++, and what its maps are worth"
#       fr: "Où regarde-t-il ? Grad-CAM++, et ce que valent ses cartes"
#     minutes: 240
#     gpu: true
#     extras: [explain]
#     needs:
#       en: "lab 3"
#       fr: "le TP 3"
# ---

# %% [markdown] tags=["lang:en"]
# A network says "horse", and is right. Did it look at the horse, or at the meadow? The sheet proposes **Grad-CAM++**,
# in the implementation of tf-keras-vis, and asks you to justify or to criticise that choice, and to propose others. For
# this you need more than pretty pictures. In this lab you will
#
# 1. cover a photograph piece by piece and watch the answer: the explanation that needs no theory,
# 2. derive CAM, Grad-CAM and Grad-CAM++, and compute each by hand on a photograph,
# 3. see what a map depends on: the layer, the class, the head of the network,
# 4. put the methods to tests that they can fail, beside maps that have never seen the network,
# 5. find out a network that cheats,
# 6. look at what each layer has specialised in,
# 7. write your judgement, with figures.

# %% [markdown] tags=["lang:fr"]
# Un réseau dit « cheval », et il a raison. A-t-il regardé le cheval, ou le pré ? Le sujet propose **Grad-CAM++**, tel
# que l'implémente tf-keras-vis, et vous demande de justifier ou de critiquer ce choix, et d'en proposer d'autres. Il
# faut pour cela plus que de jolies images. Dans ce TP, vous allez
#
# 1. recouvrir une photographie morceau par morceau et regarder la réponse : l'explication qui se passe de théorie,
# 2. établir CAM, Grad-CAM et Grad-CAM++, et calculer chacune à la main sur une photographie,
# 3. voir de quoi une carte dépend : de la couche, de la classe, de la tête du réseau,
# 4. soumettre les méthodes à des épreuves où elles peuvent échouer, à côté de cartes qui n'ont jamais vu le réseau,
# 5. démasquer un réseau qui triche,
# 6. regarder en quoi chaque couche s'est spécialisée,
# 7. écrire votre jugement, chiffres à l'appui.

# %% tags=["setup"] tasks=["S3.6"]
import labkit as lk

lk.setup(language="en")

from dataclasses import replace

import keras
import numpy as np
import pandas as pd

# %%
PHOTOS = lk.by_profile(smoke=400, course=40_000, full=40_000)
EPOCHS = lk.by_profile(smoke=1, course=12, full=40)
POOLED_EPOCHS = lk.by_profile(smoke=1, course=12, full=20)
VGG_EPOCHS = lk.by_profile(smoke=1, course=12, full=40)
VGG_WIDTH = lk.by_profile(smoke=0.0625, course=0.25, full=0.25)
TAG_EPOCHS = lk.by_profile(smoke=1, course=5, full=10)
JUDGED = lk.by_profile(smoke=8, course=128, full=500)
PROBED = lk.by_profile(smoke=100, course=3000, full=5000)

# %%
ledger = lk.experiments.Ledger("explain.jsonl")

# %% [markdown] tags=["lang:en"]
# ## 1. Three networks
#
# The networks of the CIFAR-10 lab, trained anew. The first one is the course's deep network of lab 3: three pairs of
# convolutions, then `Flatten` and three `Dense` layers.

# %% [markdown] tags=["lang:fr"]
# ## 1. Trois réseaux
#
# Les réseaux du TP CIFAR-10, entraînés à nouveau. Le premier est le réseau profond du cours, celui du TP 3 : trois
# paires de convolutions, puis `Flatten` et trois couches `Dense`.

# %% tasks=["S3.6"]
photos = lk.data.load("cifar10", validation=0.2).scaled().subset(PHOTOS)
flip = keras.layers.RandomFlip("horizontal")

# %% tasks=["S3.6"]
net = lk.models.deep_cnn(blocks=3, padding="same", batch_norm=True, pool_dropout=0.25)
run_net = lk.train(
    net, photos, epochs=EPOCHS, batch_size=128, augment=flip, name="lab 3's net", ledger=ledger
)
_ = lk.plots.learning_curves(run_net)

# %% [markdown] tags=["lang:en"]
# The second one begins with the same convolutions, already trained, but ends otherwise: of each of the 64 maps only the
# **mean** is kept (global average pooling), and one `Dense` layer answers. With such a head an explanation can be
# calculated exactly, as you will see.

# %% [markdown] tags=["lang:fr"]
# Le deuxième commence par les mêmes convolutions, déjà entraînées, mais finit autrement : de chacune des 64 cartes, on
# ne garde que la **moyenne** (le global average pooling), et une seule couche `Dense` répond. Avec une telle tête, une
# explication peut se calculer exactement, comme vous le verrez.

# %% tasks=["S3.6"]
pooled_maps = keras.layers.GlobalAveragePooling2D(name="pooled")(net.get_layer("block3_conv2").output)
answers = keras.layers.Dense(10, activation="softmax", name="predictions")(pooled_maps)
pooled = keras.models.clone_model(keras.Model(net.inputs, answers, name="pooled_cnn"))
for layer in pooled.layers[:-1]:
    layer.set_weights(net.get_layer(layer.name).get_weights() if layer.weights else [])

# %% tasks=["S3.6"]
run_pooled = lk.train(
    pooled, photos, epochs=POOLED_EPOCHS, batch_size=128, augment=flip, name="pooled head", ledger=ledger
)

# %% [markdown] tags=["lang:en"]
# The third one is VGG-16 (lab 4) at a quarter of its width, with batch normalisation.

# %% [markdown] tags=["lang:fr"]
# Le troisième est VGG-16 (TP 4) au quart de sa largeur, avec normalisation par lots.

# %% tasks=["S3.6"]
vgg = lk.models.vgg16(10, (32, 32, 3), width=VGG_WIDTH, batch_norm=True, dropout=0.2, head=())
steps = VGG_EPOCHS * int(np.ceil(len(photos.x_train) / 64))
schedule = keras.optimizers.schedules.CosineDecay(0.1, decay_steps=steps)
run_vgg = lk.train(
    vgg, photos, epochs=VGG_EPOCHS, batch_size=64, optimizer=keras.optimizers.SGD(schedule), augment=flip,
    name="VGG-16", ledger=ledger,
)  # fmt: skip

# %% tasks=["S3.6"]
nets = {"lab 3's net": net, "pooled head": pooled, "VGG-16": vgg}
results = {name: lk.evaluate(model, photos) for name, model in nets.items()}
rows = {
    name: {"parameters": nets[name].count_params(), "test accuracy": round(result.accuracy, 3)}
    for name, result in results.items()
}
pd.DataFrame.from_dict(rows, orient="index")

# %% [markdown] tags=["lang:en"]
# In the stored run: 0.753, 0.742 and 0.712, after twelve epochs each (standard error 0.004, one run). The pooled head
# has a fifth of the parameters of lab 3's net, and is one point behind. VGG-16, a quarter as wide as published, is far
# from fully trained.
#
# We shall look at six photographs of the test: four that lab 3's net names rightly and is sure of, and two that it
# names wrongly, and is sure of, too.

# %% [markdown] tags=["lang:fr"]
# Dans l'exécution conservée : 0,753, 0,742 et 0,712, après douze époques chacun (erreur type 0,004, une seule
# exécution). Le réseau à global average pooling a cinq fois moins de paramètres que le réseau du TP 3, et un point de
# moins. VGG-16, quatre fois moins large que publié, est loin d'avoir fini d'apprendre.
#
# Nous allons regarder six photographies du test : quatre que le réseau du TP 3 reconnaît, et dont il est sûr, et deux
# sur lesquelles il se trompe, tout aussi sûr de lui.

# %% tasks=["S3.6"]
result = results["lab 3's net"]
surest = [int(np.argmax(result.probabilities[:, c] * (result.y_true == c))) for c in (1, 3, 7, 8)]
chosen = [*surest, *map(int, result.errors()[:2])]
x = photos.x_test[chosen]


# %% tasks=["S3.6"]
def said(i):
    true, predicted = (photos.class_names[labels[i]] for labels in (result.y_true, result.y_pred))
    text = predicted if true == predicted else f"{true},\nsays {predicted}"
    return f"{text} {result.probabilities[i].max():.2f}"


captions = [said(i) for i in chosen]
_ = lk.plots.images(x, captions=captions, columns=6, source=photos.source)

# %% [markdown] tags=["lang:en"]
# In the stored run the last photograph is labelled "cat", and shows a frog: the network is right, and the label is
# wrong. (Northcutt et al. 2021 count 54 such labels in the test set of CIFAR-10.)
#
# ## 2. Cover it, and look
#
# The simplest explanation (Zeiler & Fergus 2013): cover a square of the photograph, ask the network again, and note by
# how much its answer has fallen. Where it falls much, there was something that the network needs.
#
# **Question.** Write `covered(image, row, column, side)`: a **copy** of the image `(height, width, channels)` in which
# the square with its upper left corner at `row`, `column` and `side` pixels wide is filled with the mean colour of the
# whole image (one mean for each channel).

# %% [markdown] tags=["lang:fr"]
# Dans l'exécution conservée, la dernière photographie porte le label « cat » et montre une grenouille : c'est le réseau
# qui a raison, et le label qui a tort. (Northcutt et al. 2021 comptent 54 labels de ce genre dans le test de CIFAR-10.)
#
# ## 2. Recouvrir, et regarder
#
# L'explication la plus simple (Zeiler & Fergus 2013) : recouvrez un carré de la photographie, interrogez de nouveau le
# réseau, et notez de combien sa réponse a baissé. Là où elle baisse beaucoup, il y avait quelque chose dont le réseau a
# besoin.
#
# **Question.** Écrivez `covered(image, row, column, side)` : une **copie** de l'image `(height, width, channels)` dans
# laquelle le carré de `side` pixels de côté, dont le coin supérieur gauche est en `row`, `column`, est rempli de la
# couleur moyenne de toute l'image (une moyenne par canal).


# %% question="gradcam.covered" tasks=["S3.6"]
### BEGIN SOLUTION
def covered(image, row, column, side):
    copy = image.copy()
    copy[row : row + side, column : column + side] = image.mean(axis=(0, 1))
    return copy


### END SOLUTION

# %% tags=["check"]
lk.check("gradcam.covered", covered)

# %% tasks=["S3.6"]
photo, label = x[2], int(result.y_true[chosen[2]])
squares = [covered(photo, row, column, 4) for row in range(0, 32, 4) for column in range(0, 32, 4)]
_ = lk.plots.images(np.stack(squares[26:32]), columns=6, source=photos.source)

# %% tasks=["S3.6"]
before = net.predict(photo[np.newaxis], verbose=0)[0, label]
after = net.predict(np.stack(squares), verbose=0)[:, label]
falls = (before - after).reshape(1, 8, 8)
print(f"{photos.class_names[label]}: {before:.6f}, at the least {after.min():.6f}")

# %% [markdown] tags=["lang:en"]
# `labkit.explain` does the same for **logits**, the numbers before the softmax; section 3 says why. Both maps, 8×8
# cells, and the cross where the fall is largest:

# %% [markdown] tags=["lang:fr"]
# `labkit.explain` fait la même chose pour les **logits**, les nombres d'avant le softmax ; la section 3 dit pourquoi.
# Voici les deux cartes, de 8×8 cellules, avec une croix là où la baisse est la plus grande :

# %% tasks=["S3.6"]
by_logit = lk.explain.explain(net, x[2:3], method="occlusion")
by_probability = np.maximum(falls, 0)
_ = lk.plots.compare_explanations(
    {"probability": by_probability, "logit": by_logit}, x[2:3], size=2, source=photos.source
)

# %% [markdown] tags=["lang:en"]
# (Red speaks for the class, blue against it: covering a blue cell makes the network *surer*.) In the stored run the
# probability stays above 0.9999 whichever square is covered: the left map shows differences in the fifth decimal, and
# the horse would be a horse without each of them. The logits have more to say.
#
# **Question.** How many images must the network answer for such a map of 8×8 cells, the untouched photograph included?

# %% [markdown] tags=["lang:fr"]
# (Le rouge parle en faveur de la classe, le bleu contre elle : quand on recouvre une cellule bleue, le réseau devient
# *plus sûr*.) Dans l'exécution conservée, la probabilité reste au-dessus de 0,9999, quel que soit le carré couvert : la
# carte de gauche montre des différences à la cinquième décimale, et le cheval serait un cheval sans chacun de ces
# carrés. Les logits en disent davantage.
#
# **Question.** À combien d'images le réseau doit-il répondre pour une telle carte de 8×8 cellules, la photographie
# intacte comprise ?

# %% question="gradcam.answers" tasks=["S3.6"]
### BEGIN SOLUTION
answers_needed = 8 * 8 + 1
### END SOLUTION

# %% tags=["check"]
lk.check("gradcam.answers", answers_needed)

# %% [markdown] tags=["lang:en"]
# For a map with a value for each pixel it would be 1,025, and a covered square is a strange sight that the network has
# never seen. A **gradient** asks another question, "what would change if I changed this *a little*?", for all pixels at
# once, and costs about as much as two or three answers.
#
# ## 3. Of what? Probability and logit
#
# The softmax turns logits $S_c$ into probabilities $p_c$, and the slope of $p_c$ by its own logit is $p_c (1 - p_c)$:
# every gradient of $p_c$ has that factor in it.
#
# **Question.** How large is that factor where the network is sure, $p_c = 0.9999$?

# %% [markdown] tags=["lang:fr"]
# Pour une carte qui aurait une valeur par pixel, il en faudrait 1 025 ; et un carré recouvert est une chose étrange,
# que le réseau n'a jamais vue. Un **gradient** pose une autre question, « qu'est-ce qui changerait si je modifiais *un
# peu* ceci ? », pour tous les pixels à la fois, et coûte à peu près autant que deux ou trois réponses.
#
# ## 3. De quoi ? Probabilité et logit
#
# Le softmax transforme les logits $S_c$ en probabilités $p_c$, et la pente de $p_c$ par rapport à son propre logit est
# $p_c (1 - p_c)$ : tout gradient de $p_c$ contient ce facteur.
#
# **Question.** Que vaut ce facteur là où le réseau est sûr, $p_c = 0.9999$ ?

# %% question="gradcam.saturation" tasks=["S3.6"]
### BEGIN SOLUTION
slope = 0.9999 * (1 - 0.9999)
### END SOLUTION

# %% tags=["check"]
lk.check("gradcam.saturation", slope)

# %% [markdown] tags=["lang:en"]
# So the surer the network, the nearer the map is to nothing; and sure predictions are just what one likes to show. This
# is Grad-CAM++ as the front page of tf-keras-vis has it, but without the line that replaces the softmax
# (`ReplaceToLinear`), on the probability of the sheet's kind of network:

# %% [markdown] tags=["lang:fr"]
# Plus le réseau est sûr, plus la carte est donc proche de rien ; et ce sont justement les prédictions sûres que l'on
# aime montrer. Voici Grad-CAM++ comme sur la page d'accueil de tf-keras-vis, mais sans la ligne qui remplace le softmax
# (`ReplaceToLinear`), donc sur la probabilité, avec un réseau comme ceux du sujet :

# %% tasks=["S3.6"]
from tf_keras_vis.gradcam_plus_plus import GradcamPlusPlus
from tf_keras_vis.utils.scores import CategoricalScore

predicted = net.predict(x, verbose=0).argmax(axis=1)


def of_probability(model):
    cam = GradcamPlusPlus(model, clone=True)
    score = CategoricalScore(predicted.tolist())
    return cam(score, x, penultimate_layer="block3_conv2", normalize_cam=False)


# %% tasks=["S3.6"]
of_logit = lk.explain.explain(net, x, predicted, layer="block3_conv2")
pd.DataFrame(
    {
        "probability": result.probabilities[chosen].max(axis=1).round(6),
        "largest cell, of the probability": of_probability(net).max(axis=(1, 2)),
        "largest cell, of the logit": of_logit.maps.max(axis=(1, 2)),
    },
    index=[caption.replace("\n", " ") for caption in captions],
)

# %% [markdown] tags=["lang:en"]
# For the horse of the stored run, $p = 0.999997$, the largest cell of the probability's map is 0.000007, and that of
# the logit's 0.57: eighty thousand times as large. For the cat ($p = 0.9974$) it is a hundred times. Stretched to 0…1,
# as most programs do it, that cannot be seen. Multiply all logits of the network by 3, or by 10: it names every
# photograph as before, and is only surer of it.

# %% [markdown] tags=["lang:fr"]
# Pour le cheval de l'exécution conservée, $p = 0.999997$, la plus grande cellule de la carte de la probabilité vaut
# 0,000007, et celle de la carte du logit 0,57 : quatre-vingt mille fois plus. Pour le chat ($p = 0.9974$), cent fois
# plus. Étirées à 0…1, comme le font la plupart des programmes, cela ne se voit pas. Multipliez tous les logits du
# réseau par 3, ou par 10 : il nomme chaque photographie comme avant, il en est seulement plus sûr.


# %% tasks=["S3.6"]
def surer(factor):
    *rest, kernel, bias = net.get_weights()
    copy = keras.models.clone_model(net)
    copy.set_weights([*rest, factor * kernel, factor * bias])
    return copy


# %% tasks=["S3.6"]
panel = {f"probability, logits × {factor}": of_probability(surer(factor)) for factor in (1, 3, 10)}
_ = lk.plots.compare_explanations(panel | {"logit": of_logit}, x, captions=captions, source=photos.source)

# %% [markdown] tags=["lang:en"]
# The network names the same things for the same reasons, and the maps of its probability change all the same; in the
# stored run that of the car is empty when the logits are three times as large, and all are when they are ten times as
# large. The logit's map would only be multiplied by that number.
#
# **Question.** What should be differentiated?
#
# - **a** the probability: it is what the network answers
# - **b** the logit: its gradient does not vanish where the network is sure
# - **c** the loss: that is what training does
# - **d** the predicted class: it is what counts

# %% [markdown] tags=["lang:fr"]
# Le réseau nomme les mêmes choses pour les mêmes raisons, et pourtant les cartes de sa probabilité changent ; dans
# l'exécution conservée, celle de la voiture est vide quand les logits sont trois fois plus grands, et toutes le sont
# quand ils sont dix fois plus grands. La carte du logit serait seulement multipliée par ce nombre.
#
# **Question.** Que faut-il dériver ?
#
# - **a** la probabilité : c'est elle que le réseau répond
# - **b** le logit : son gradient ne disparaît pas là où le réseau est sûr
# - **c** la perte : c'est ce que fait l'apprentissage
# - **d** la classe prédite : c'est elle qui compte

# %% question="gradcam.score" tasks=["S3.6"]
### BEGIN SOLUTION
score = "b"
### END SOLUTION

# %% tags=["check"]
lk.check("gradcam.score", score)

# %% [markdown] tags=["lang:en"]
# There is a price: a logit says nothing of the other classes. A cell that speaks for "cat" *and* for "dog" alike raises
# both logits, and does not change which of the two is more probable.
#
# From here on all maps are of logits. `lk.explain.explain` looks at the network through a view without its softmax, and
# leaves the network itself as it is.
#
# ## 4. CAM: where the answer is a sum
#
# Look at the network with the pooled head. Its last maps are $A^k_{ij}$, with $k$ from 1 to 64 and 8×8 cells $i, j$;
# the logit of class $c$ is
#
# $$S_c = b_c + \sum_k w^c_k \cdot \frac{1}{64} \sum_{ij} A^k_{ij} = b_c + \frac{1}{64} \sum_{ij} \underbrace{\sum_k w^c_k A^k_{ij}}_{\text{share of cell } ij}$$
#
# So one can say *exactly* what each cell has added. That is the **class activation map** (Zhou et al. 2016). What
# speaks against the class is usually cut off, so that 0 is the darkest.
#
# **Question.** Write `cam(A, w)`: the map `(rows, columns)` of one photograph from its maps `A` `(rows, columns,
# channels)` and the weights `w` `(channels,)` of the class; negative cells become 0.

# %% [markdown] tags=["lang:fr"]
# Cela a un prix : un logit ne dit rien des autres classes. Une cellule qui parle pour « cat » *et* tout autant pour «
# dog » fait monter les deux logits, et ne change pas lequel des deux est le plus probable.
#
# À partir d'ici, toutes les cartes sont celles de logits. `lk.explain.explain` regarde le réseau à travers une vue sans
# softmax, et laisse le réseau lui-même tel qu'il est.
#
# ## 4. CAM : là où la réponse est une somme
#
# Regardez le réseau qui a la tête à global average pooling (« pooled head »). Ses dernières cartes sont les $A^k_{ij}$,
# avec $k$ de 1 à 64 et 8×8 cellules $i, j$ ; le logit de la classe $c$ est
#
# $$S_c = b_c + \sum_k w^c_k \cdot \frac{1}{64} \sum_{ij} A^k_{ij} = b_c + \frac{1}{64} \sum_{ij} \underbrace{\sum_k w^c_k A^k_{ij}}_{\text{part de la cellule } ij}$$
#
# On peut donc dire *exactement* ce que chaque cellule a ajouté. C'est la **class activation map** (Zhou et al. 2016),
# la carte d'activation de la classe. On coupe d'ordinaire ce qui parle contre la classe, pour que 0 soit le plus
# sombre.
#
# **Question.** Écrivez `cam(A, w)` : la carte `(rows, columns)` d'une photographie, à partir de ses cartes `A` `(rows,
# columns, channels)` et des poids `w` `(channels,)` de la classe ; les cellules négatives deviennent 0.


# %% question="gradcam.cam" tasks=["S3.6"]
### BEGIN SOLUTION
def cam(A, w):
    return np.maximum(A @ w, 0)


### END SOLUTION

# %% tags=["check"]
lk.check("gradcam.cam", cam)

# %% tasks=["S3.6"]
A, G = lk.explain.layer_gradients(pooled, x, layer="block3_conv2")
w = keras.ops.convert_to_numpy(pooled.get_layer("predictions").kernel)
classes = pooled.predict(x, verbose=0).argmax(axis=1)
by_hand = np.stack([cam(maps, w[:, c]) for maps, c in zip(A, classes, strict=True)])

# %% [markdown] tags=["lang:en"]
# `lk.explain.layer_gradients` gives what every such method is made of: the maps `A` of a layer, and `G`, how the logit
# of the predicted class changes with each of their cells.
#
# ## 5. Grad-CAM: when it is no sum
#
# Lab 3's net has three `Dense` layers behind its maps; there are no weights $w^c_k$ to be read off. **Grad-CAM**
# (Selvaraju et al. 2016) puts the gradient in their place, averaged over the map:
#
# $$\alpha^c_k = \frac{1}{64} \sum_{ij} G^k_{ij}, \qquad L_{ij} = \mathrm{ReLU}\Big(\sum_k \alpha^c_k A^k_{ij}\Big), \qquad G^k_{ij} = \frac{\partial S_c}{\partial A^k_{ij}}$$
#
# **Question.** Write `gradcam(A, G)` for one photograph; both are `(rows, columns, channels)`.

# %% [markdown] tags=["lang:fr"]
# `lk.explain.layer_gradients` donne ce dont toutes les méthodes de ce genre sont faites : les cartes `A` d'une couche,
# et `G`, qui dit comment le logit de la classe prédite change avec chacune de leurs cellules.
#
# ## 5. Grad-CAM : quand ce n'est pas une somme
#
# Le réseau du TP 3 a trois couches `Dense` derrière ses cartes : il n'y a pas de poids $w^c_k$ à lire. **Grad-CAM**
# (Selvaraju et al. 2016) met à leur place le gradient, moyenné sur la carte :
#
# $$\alpha^c_k = \frac{1}{64} \sum_{ij} G^k_{ij}, \qquad L_{ij} = \mathrm{ReLU}\Big(\sum_k \alpha^c_k A^k_{ij}\Big), \qquad G^k_{ij} = \frac{\partial S_c}{\partial A^k_{ij}}$$
#
# **Question.** Écrivez `gradcam(A, G)` pour une photographie ; les deux sont de forme `(rows, columns, channels)`.


# %% question="gradcam.gradcam" tasks=["S3.6"]
### BEGIN SOLUTION
def gradcam(A, G):
    return np.maximum(A @ G.mean(axis=(0, 1)), 0)


### END SOLUTION

# %% tags=["check"]
lk.check("gradcam.gradcam", gradcam)

# %% [markdown] tags=["lang:en"]
# Two tests. On the pooled head the gradient of every cell is $w^c_k / 64$, so Grad-CAM must be your CAM, divided by 64.
# And on lab 3's net it must be what tf-keras-vis computes:

# %% [markdown] tags=["lang:fr"]
# Deux vérifications. Avec la tête à global average pooling, le gradient de chaque cellule est $w^c_k / 64$ : Grad-CAM
# doit donc être votre CAM, divisée par 64. Et sur le réseau du TP 3, ce doit être ce que calcule tf-keras-vis :

# %% tasks=["S3.6"]
on_pooled = np.stack([gradcam(*one) for one in zip(A, G, strict=True)])
print(
    f"pooled head, CAM / 64 against Grad-CAM: {np.abs(by_hand / 64 - on_pooled).max() / on_pooled.max():.0e}"
)

# %% tasks=["S3.6"]
A, G = lk.explain.layer_gradients(net, x, layer="block3_conv2")
mine = np.stack([gradcam(*one) for one in zip(A, G, strict=True)])
theirs = lk.explain.explain(net, x, method="gradcam", layer="block3_conv2")
print(theirs)
print(f"lab 3's net, by hand against tf-keras-vis: {np.abs(mine - theirs.maps).max() / mine.max():.0e}")

# %% [markdown] tags=["lang:en"]
# ## 6. Grad-CAM++, step by step
#
# Where an object covers many cells, or stands there twice, the mean gradient of a map mixes cells that matter with
# cells that do not. **Grad-CAM++** (Chattopadhay et al. 2017) gives every cell a weight of its own:
#
# $$w^c_k = \sum_{ij} \alpha^{kc}_{ij} \cdot \mathrm{ReLU}\big(G^k_{ij}\big), \qquad L_{ij} = \mathrm{ReLU}\Big(\sum_k w^c_k A^k_{ij}\Big)$$
#
# Which $\alpha$? The authors look for those with which the score is, as in CAM, a sum of weights times maps, $Y_c =
# \sum_k w^c_k \sum_{ij} A^k_{ij}$. They put the formula for $w^c_k$ into it (with $\partial Y_c / \partial A$ for $G$),
# differentiate twice by $A^k_{ij}$, and solve:
#
# $$\alpha^{kc}_{ij} = \frac{\partial^2 Y_c / (\partial A^k_{ij})^2}{2\, \partial^2 Y_c / (\partial A^k_{ij})^2 + \sum_{ab} A^k_{ab}\, \partial^3 Y_c / (\partial A^k_{ij})^3}$$
#
# A network with ReLUs has no second derivatives: it consists of straight pieces. So they take the score $Y_c =
# e^{S_c}$, and then it is easy: each derivative brings down one more factor $G = \partial S_c / \partial A$,
#
# $$\frac{\partial Y_c}{\partial A} = e^{S_c} G, \qquad \frac{\partial^2 Y_c}{\partial A^2} = e^{S_c} G^2, \qquad \frac{\partial^3 Y_c}{\partial A^3} = e^{S_c} G^3,$$
#
# and $e^{S_c}$ cancels in the fraction: $\alpha^{kc}_{ij} = \dfrac{G^2}{2 G^2 + G^3 \sum_{ab} A^k_{ab}}$ with $G =
# G^k_{ij}$. (In $w^c_k$ it remains as a factor, the same for all cells and maps: it only scales the map, and is left
# out.)
#
# **Question.** It cancels on paper. tf-keras-vis computes $e^{S_c}$, in `float32`, whose largest number is $3.4 \cdot
# 10^{38}$. From which whole-numbered logit on is the result infinite (and the map NaN)?

# %% [markdown] tags=["lang:fr"]
# ## 6. Grad-CAM++, pas à pas
#
# Là où un objet couvre beaucoup de cellules, ou s'y trouve deux fois, le gradient moyen d'une carte mélange des
# cellules qui comptent et d'autres qui ne comptent pas. **Grad-CAM++** (Chattopadhay et al. 2017) donne à chaque
# cellule un poids à elle :
#
# $$w^c_k = \sum_{ij} \alpha^{kc}_{ij} \cdot \mathrm{ReLU}\big(G^k_{ij}\big), \qquad L_{ij} = \mathrm{ReLU}\Big(\sum_k w^c_k A^k_{ij}\Big)$$
#
# Quels $\alpha$ ? Les auteurs cherchent ceux avec lesquels le score est, comme dans CAM, une somme de poids fois des
# cartes, $Y_c = \sum_k w^c_k \sum_{ij} A^k_{ij}$. Ils y mettent la formule de $w^c_k$ (avec $\partial Y_c / \partial A$
# au lieu de $G$), dérivent deux fois par rapport à $A^k_{ij}$, et résolvent :
#
# $$\alpha^{kc}_{ij} = \frac{\partial^2 Y_c / (\partial A^k_{ij})^2}{2\, \partial^2 Y_c / (\partial A^k_{ij})^2 + \sum_{ab} A^k_{ab}\, \partial^3 Y_c / (\partial A^k_{ij})^3}$$
#
# Un réseau de ReLU n'a pas de dérivées secondes : il est fait de morceaux droits. Ils prennent donc le score $Y_c =
# e^{S_c}$, et tout devient facile : chaque dérivation fait descendre un facteur $G = \partial S_c / \partial A$ de
# plus,
#
# $$\frac{\partial Y_c}{\partial A} = e^{S_c} G, \qquad \frac{\partial^2 Y_c}{\partial A^2} = e^{S_c} G^2, \qquad \frac{\partial^3 Y_c}{\partial A^3} = e^{S_c} G^3,$$
#
# et $e^{S_c}$ s'élimine dans la fraction : $\alpha^{kc}_{ij} = \dfrac{G^2}{2 G^2 + G^3 \sum_{ab} A^k_{ab}}$ avec $G =
# G^k_{ij}$. (Dans $w^c_k$, il reste un facteur, le même pour toutes les cellules et toutes les cartes : il ne change
# que l'échelle de la carte, et on le laisse de côté.)
#
# **Question.** Sur le papier, il s'élimine. tf-keras-vis, lui, calcule $e^{S_c}$, en `float32`, dont le plus grand
# nombre est $3.4 \cdot 10^{38}$. À partir de quel logit entier le résultat est-il infini (et la carte NaN) ?

# %% question="gradcam.overflow" tasks=["S3.6"]
### BEGIN SOLUTION
overflow = next(s for s in range(1000) if s > np.log(np.finfo(np.float32).max))
### END SOLUTION

# %% tags=["check"]
lk.check("gradcam.overflow", overflow)

# %% [markdown] tags=["lang:en"]
# Logits of that size occur where weights are large: without batch normalisation, after long training.
# `lk.explain.explain` subtracts the score before it is raised, which changes nothing on paper and everything in
# `float32`.
#
# **Question.** Write `gradcam_plus_plus(A, G)` for one photograph. Compute α as above; where the denominator is 0, let
# α be 0. Then divide α by its sum over the cells of each channel (the paper does not, the authors' program and
# tf-keras-vis do; where the sum is 0, leave it). Then the two formulas with ReLU.

# %% [markdown] tags=["lang:fr"]
# Des logits aussi grands se rencontrent là où les poids sont grands : sans normalisation par lots, après un long
# apprentissage. `lk.explain.explain` soustrait le score avant de passer à l'exponentielle, ce qui ne change rien sur le
# papier, et change tout en `float32`.
#
# **Question.** Écrivez `gradcam_plus_plus(A, G)` pour une photographie. Calculez α comme ci-dessus ; là où le
# dénominateur est 0, α vaut 0. Puis divisez α par sa somme sur les cellules de chaque canal (l'article ne le fait pas,
# le programme des auteurs et tf-keras-vis le font ; là où la somme est 0, n'y touchez pas). Ensuite viennent les deux
# formules avec ReLU.


# %% question="gradcam.plus_plus" tasks=["S3.6"]
### BEGIN SOLUTION
def gradcam_plus_plus(A, G):
    denominator = 2 * G**2 + G**3 * A.sum(axis=(0, 1))
    alpha = G**2 / np.where(denominator == 0, 1, denominator)
    total = alpha.sum(axis=(0, 1))
    alpha = alpha / np.where(total == 0, 1, total)
    weights = (alpha * np.maximum(G, 0)).sum(axis=(0, 1))
    return np.maximum(A @ weights, 0)


### END SOLUTION

# %% tags=["check"]
lk.check("gradcam.plus_plus", gradcam_plus_plus)

# %% tasks=["S3.6"]
mine = np.stack([gradcam_plus_plus(*one) for one in zip(A, G, strict=True)])
theirs = lk.explain.explain(net, x, method="gradcam++", layer="block3_conv2")
print(theirs)
mine_stretched, theirs_stretched = (m / m.max(axis=(1, 2), keepdims=True) for m in (mine, theirs.maps))
print(
    f"by hand against tf-keras-vis, each map from 0 to 1: {np.abs(mine_stretched - theirs_stretched).max():.0e}"
)

# %% tasks=["S3.6"]
_ = lk.plots.compare_explanations(
    {"Grad-CAM, by hand": np.stack([gradcam(*one) for one in zip(A, G, strict=True)]), "Grad-CAM++, by hand": mine,
     "Grad-CAM++, tf-keras-vis": theirs},
    x, captions=captions, source=photos.source,
)  # fmt: skip

# %% [markdown] tags=["lang:en"]
# Grad-CAM++ lights up more of a photograph than Grad-CAM, and other places: on the ship of the stored run the sky above
# it, on the frog nearly everything. Which of them is right? The pictures do not say. (By hand and tf-keras-vis differ
# by 0.00005: where $2 + G \sum A$ is nearly 0, α is divided by nearly nothing, and the rounding of `float32` shows.)
#
# **Question.** On the pooled head $G^k_{ij}$ is the same for all cells of a map, $w^c_k / 64$. What does Grad-CAM++
# become there (up to a factor)?
#
# - **a** CAM
# - **b** the sum of all maps: $\sum_k A^k_{ij}$
# - **c** CAM with the positive weights only: $\sum_k \mathrm{ReLU}(w^c_k) A^k_{ij}$
# - **d** the map whose weight is the largest

# %% [markdown] tags=["lang:fr"]
# Grad-CAM++ éclaire une plus grande partie de la photographie que Grad-CAM, et d'autres places : sur le bateau de
# l'exécution conservée, le ciel au-dessus ; sur la grenouille, presque tout. Laquelle a raison ? Les images ne le
# disent pas. (Le calcul à la main et tf-keras-vis diffèrent de 0,00005 : là où $2 + G \sum A$ est presque 0, α est
# divisé par presque rien, et l'arrondi de `float32` se voit.)
#
# **Question.** Avec la tête à global average pooling, $G^k_{ij}$ est le même pour toutes les cellules d'une carte,
# $w^c_k / 64$. Que devient alors Grad-CAM++ (à un facteur près) ?
#
# - **a** CAM
# - **b** la somme de toutes les cartes : $\sum_k A^k_{ij}$
# - **c** CAM avec les seuls poids positifs : $\sum_k \mathrm{ReLU}(w^c_k) A^k_{ij}$
# - **d** la carte dont le poids est le plus grand

# %% question="gradcam.identity" tasks=["S3.6"]
### BEGIN SOLUTION
identity = "c"
### END SOLUTION

# %% tags=["check"]
lk.check("gradcam.identity", identity)

# %% tasks=["S3.6"]
pooled_pairs = list(zip(*lk.explain.layer_gradients(pooled, x, layer="block3_conv2"), strict=True))
positive = np.stack([cam(A, np.maximum(w[:, c], 0)) for (A, _), c in zip(pooled_pairs, classes, strict=True)])
plus = np.stack([gradcam_plus_plus(*one) for one in pooled_pairs])
positive, plus = (m / m.max(axis=(1, 2), keepdims=True) for m in (positive, plus))
print(f"Grad-CAM++ against CAM with positive weights only: {np.abs(positive - plus).max():.0e}")

# %% [markdown] tags=["lang:en"]
# That is no accident of this network (Lerma & Lucas 2022 say it of Grad-CAM++ in general: Grad-CAM with positive
# gradients). What **speaks against** a class, the negative weights, has no place in Grad-CAM++. Keep this in mind for
# section 9.
#
# ## 7. Of which layer?
#
# A map of the last convolutions knows what it says, but has few cells; one of the first has many, and knows little.
# These are the convolutions of VGG-16 and their grids:

# %% [markdown] tags=["lang:fr"]
# Ce n'est pas un hasard propre à ce réseau (Lerma & Lucas 2022 le disent de Grad-CAM++ en général : c'est Grad-CAM avec
# des gradients positifs). Ce qui **parle contre** une classe, les poids négatifs, n'a pas de place dans Grad-CAM++.
# Gardez-le en tête pour la section 9.
#
# ## 7. De quelle couche ?
#
# Une carte des dernières convolutions sait ce qu'elle dit, mais a peu de cellules ; une carte des premières en a
# beaucoup, et sait peu de choses. Voici les convolutions de VGG-16 et leurs grilles :

# %% tasks=["S3.6"]
grids = pd.Series(lk.explain.explainable(vgg), name="grid")
grids[[name for name in grids.index if "conv" in name]].to_frame().T

# %% [markdown] tags=["lang:en"]
# tf-keras-vis takes the last convolution, if you name none.
#
# **Question.** How many cells has that map (`block5_conv3`) for photographs of 32×32, and how many for 224×224, the
# size for which VGG-16 was made? Put both into `cells`.

# %% [markdown] tags=["lang:fr"]
# Si vous n'en nommez aucune, tf-keras-vis prend la dernière convolution.
#
# **Question.** Combien de cellules cette carte (`block5_conv3`) a-t-elle pour des photographies de 32×32, et combien
# pour 224×224, la taille pour laquelle VGG-16 a été fait ? Mettez les deux nombres dans `cells`.

# %% question="gradcam.cells" tasks=["S3.6"]
### BEGIN SOLUTION
cells = (2 * 2, 14 * 14)
### END SOLUTION

# %% tags=["check"]
lk.check("gradcam.cells", cells)

# %% [markdown] tags=["lang:en"]
# Grad-CAM++ at the end of each of the five blocks, the cells shown as they are, not smoothed:

# %% [markdown] tags=["lang:fr"]
# Grad-CAM++ à la fin de chacun des cinq blocs, avec les cellules telles qu'elles sont, sans lissage :

# %% tasks=["S3.6"]
ends = ["block1_conv2", "block2_conv2", "block3_conv3", "block4_conv3", "block5_conv3"]
sweep = {name.replace("_", " "): lk.explain.explain(vgg, x, layer=name) for name in ends}
_ = lk.plots.compare_explanations(sweep, captions=captions, peaks=False, source=photos.source)

# %% [markdown] tags=["lang:en"]
# The first block draws the edges of the photograph, in 1,024 cells; the third has regions; the fourth says little more
# than "in the middle"; the fifth has four numbers. Smoothed and laid over the photograph, four numbers look like a
# finding. `lk.explain.explain` therefore takes the last convolution with **at least 4×4 cells**, unless you name one,
# and draws the cells' borders.
#
# A cell does not stand for the pixels below it alone, either. Its **receptive field** is all that it can see: each 3×3
# convolution adds one cell to the left and one to the right, each pooling adds one cell, and doubles the distance from
# cell to cell.
#
# **Question.** How many pixels wide is the receptive field of a cell of `block3_conv2` in lab 3's net (conv, conv,
# pool, conv, conv, pool, conv, conv; all 3×3, pooling 2×2)?

# %% [markdown] tags=["lang:fr"]
# Le premier bloc dessine les contours de la photographie, en 1 024 cellules ; le troisième a des régions ; le quatrième
# ne dit guère plus que « au milieu » ; le cinquième a quatre nombres. Lissés et posés sur la photographie, quatre
# nombres ont l'air d'une découverte. C'est pourquoi `lk.explain.explain` prend, sauf si vous nommez une couche, la
# dernière convolution d'**au moins 4×4 cellules**, et dessine les bords des cellules.
#
# Une cellule ne représente d'ailleurs pas les seuls pixels qui se trouvent sous elle. Son **champ récepteur** est tout
# ce qu'elle peut voir : chaque convolution 3×3 ajoute une cellule à gauche et une à droite, chaque pooling ajoute une
# cellule, et double la distance d'une cellule à l'autre.
#
# **Question.** Combien de pixels de large a le champ récepteur d'une cellule de `block3_conv2` dans le réseau du TP 3
# (conv, conv, pool, conv, conv, pool, conv, conv ; toutes 3×3, pooling 2×2) ?

# %% question="gradcam.field" tasks=["S3.6", "S3.7"]
### BEGIN SOLUTION
field = 1 + 2 + 2 + 1 + 2 * (2 + 2) + 2 + 4 * (2 + 2)
### END SOLUTION

# %% tags=["check"]
lk.check("gradcam.field", field)

# %% tasks=["S3.6", "S3.7"]
for name in ("block1_conv2", "block2_conv2", "block3_conv2"):
    rows, columns = lk.explain.receptive_field(net, name)
    print(f"{name}: {rows.size} x {columns.size} pixels, a cell every {rows.stride}")

# %% [markdown] tags=["lang:en"]
# So a bright cell says "here, *in this surrounding*". It cannot say which of the pixels in it.
#
# ## 8. The alternatives
#
# | method | idea | price |
# |---|---|---|
# | Grad-CAM | mean gradient of each map as its weight | mixes places |
# | Grad-CAM++ | positive gradients only, weighted by cell | knows nothing that speaks against |
# | LayerCAM (Jiang et al. 2021) | each cell times its own positive gradient | the same; good at early layers |
# | HiResCAM (Draelos & Carin 2020) | each cell times its own gradient | exact only if one linear layer follows |
# | Score-CAM (Wang et al. 2019) | each map as a mask over the photograph, and what the network says then | one answer for each map |
# | SmoothGrad (Smilkov et al. 2017) | gradient by the pixels, averaged over noisy copies | 20 gradients; no sign |
# | integrated gradients (Sundararajan et al. 2017) | gradients on the way from black to the photograph, added up | 64 gradients; needs a baseline |
# | occlusion | cover and look | 65 answers; squares |

# %% [markdown] tags=["lang:fr"]
# Une cellule claire dit donc « ici, *avec ce qu'il y a autour* ». Lequel de ces pixels, elle ne peut pas le dire.
#
# ## 8. Les autres méthodes
#
# | méthode | idée | prix |
# |---|---|---|
# | Grad-CAM | le gradient moyen de chaque carte lui sert de poids | mélange les places |
# | Grad-CAM++ | rien que les gradients positifs, pondérés cellule par cellule | ne connaît rien qui parle contre |
# | LayerCAM (Jiang et al. 2021) | chaque cellule fois son propre gradient positif | le même ; bon dans les premières couches |
# | HiResCAM (Draelos & Carin 2020) | chaque cellule fois son propre gradient | exact seulement si une seule couche linéaire suit |
# | Score-CAM (Wang et al. 2019) | chaque carte sert de masque sur la photographie : que dit alors le réseau ? | une réponse par carte |
# | SmoothGrad (Smilkov et al. 2017) | le gradient par rapport aux pixels, moyenné sur des copies bruitées | 20 gradients ; pas de signe |
# | gradients intégrés, integrated gradients (Sundararajan et al. 2017) | les gradients sur le chemin du noir à la photographie, additionnés | 64 gradients ; demande une image de référence |
# | occlusion | recouvrir et regarder | 65 réponses ; des carrés |

# %% tasks=["S3.6"]
METHODS = {
    "Grad-CAM": "gradcam", "Grad-CAM++": "gradcam++", "LayerCAM": "layercam", "HiResCAM": "hirescam",
    "Score-CAM": "scorecam", "SmoothGrad": "smoothgrad", "integrated gradients": "integrated_gradients",
    "occlusion": "occlusion",
}  # fmt: skip


def explain_all(model, images, classes=None):
    return {name: lk.explain.explain(model, images, classes, method) for name, method in METHODS.items()}


# %% tasks=["S3.6"]
baselines = lk.explain.baseline_maps(x)
shown = explain_all(net, x) | {"Sobel": baselines["Sobel"], "centred Gaussian": baselines["centred Gaussian"]}
_ = lk.plots.compare_explanations(shown, captions=captions, source=photos.source)

# %% [markdown] tags=["lang:en"]
# The last two columns have never seen the network: **Sobel** shows the edges of the photograph, the **centred
# Gaussian** a spot in the middle. Whatever you want to say of a method, ask first whether it would not be true of these
# two as well. The same photographs and classes, seen by the network with the pooled head:

# %% [markdown] tags=["lang:fr"]
# Les deux dernières colonnes n'ont jamais vu le réseau : **Sobel** montre les contours de la photographie, la
# **gaussienne centrée** (centred Gaussian) une tache au milieu. Quoi que vous vouliez dire d'une méthode, demandez-vous
# d'abord si ce ne serait pas vrai aussi de ces deux-là. Les mêmes photographies et les mêmes classes, vues par le
# réseau à global average pooling :

# %% tasks=["S3.6"]
_ = lk.plots.compare_explanations(explain_all(pooled, x, predicted), captions=captions, source=photos.source)

# %% [markdown] tags=["lang:en"]
# With the pooled head the five methods that look at the layer draw nearly the same picture, and on the car, the cat and
# the ship it lies upon the object. On lab 3's net they contradict one another: for the ship Grad-CAM marks a few cells
# at the left of the hull, Grad-CAM++ the sky, Score-CAM the middle of the ship. It is one and the same network, so not
# all of them can answer the question that we had in mind. Integrated gradients look like noise: single pixels, red
# beside blue. Which of these can be believed is no matter of taste: it can be measured.
#
# And is the program right? labkit has a short version of its own of each formula. How far are its maps from those of
# tf-keras-vis, on lab 3's net?

# %% [markdown] tags=["lang:fr"]
# Avec le global average pooling, les cinq méthodes qui regardent la couche dessinent presque la même image, et sur la
# voiture, le chat et le bateau elle est posée sur l'objet. Sur le réseau du TP 3, elles se contredisent : pour le
# bateau, Grad-CAM marque quelques cellules à gauche de la coque, Grad-CAM++ le ciel, Score-CAM le milieu du bateau.
# C'est un seul et même réseau : toutes ne peuvent donc pas répondre à la question que nous avions en tête. Les
# gradients intégrés ressemblent à du bruit : des pixels isolés, rouge à côté de bleu. À laquelle on peut se fier n'est
# pas affaire de goût : cela se mesure.
#
# Et le programme est-il juste ? labkit a sa propre version, courte, de chaque formule. De combien ses cartes
# s'écartent-elles de celles de tf-keras-vis, sur le réseau du TP 3 ?

# %% tasks=["S3.6"]
both = {
    name: [lk.explain.explain(net, x, method=METHODS[name], engine=engine) for engine in lk.explain.ENGINES]
    for name in ("Grad-CAM", "Grad-CAM++", "LayerCAM", "Score-CAM")
}
pd.DataFrame({name: lk.explain.compare_maps(*pair).max().map("{:.1g}".format) for name, pair in both.items()})

# %% [markdown] tags=["lang:en"]
# ## 9. First test: another class, another map
#
# If a map says why it is *this* class, the map for another class must look different. Take the two photographs that are
# named wrongly, and explain both what the network said and what it should have said:

# %% [markdown] tags=["lang:fr"]
# ## 9. Première épreuve : autre classe, autre carte
#
# Si une carte dit pourquoi c'est *cette* classe, la carte d'une autre classe doit être différente. Prenez les deux
# photographies mal reconnues, et expliquez à la fois ce que le réseau a dit et ce qu'il aurait dû dire :

# %% tasks=["S3.6"]
true, wrong = result.y_true[chosen[4:]], result.y_pred[chosen[4:]]
contrast = {
    f"{method}, {word}, {of}": lk.explain.explain(model, x[4:], classes, METHODS[method])
    for of, model in (("lab 3's net", net), ("pooled head", pooled))
    for method in ("Grad-CAM", "Grad-CAM++")
    for word, classes in (("said", wrong), ("true", true))
}
_ = lk.plots.compare_explanations(contrast, captions=captions[4:], size=1.4, source=photos.source)

# %% [markdown] tags=["lang:en"]
# Two photographs prove nothing. So for the first `JUDGED` photographs of the test: the maps of the most probable and of
# the second most probable class, and Spearman's rank correlation ρ between them. 1: the same picture; 0: nothing in
# common; negative: opposite pictures.

# %% [markdown] tags=["lang:fr"]
# Deux photographies ne prouvent rien. Prenons donc les `JUDGED` premières photographies du test : les cartes de la
# classe la plus probable et de la deuxième, et la corrélation de rang ρ de Spearman entre elles. 1 : la même image ; 0
# : rien de commun ; négatif : des images opposées.

# %% tasks=["S3.6"]
images = photos.x_test[:JUDGED]


def two_classes(model, method):
    best = np.argsort(-model.predict(images, verbose=0), axis=1)
    first, second = (lk.explain.explain(model, images, best[:, rank], method) for rank in (0, 1))
    return np.nanmean(lk.explain.rank_correlation(first, second))


# %% tasks=["S3.6"]
rho_class = pd.DataFrame(
    {
        name: {label: two_classes(model, method) for label, method in METHODS.items()}
        for name, model in nets.items()
    }
)
rho_class.round(2)

# %% [markdown] tags=["lang:en"]
# In the stored run (128 photographs) Grad-CAM++ has ρ = 0.33 on lab 3's net, 0.60 with the pooled head, 0.84 on VGG-16;
# Grad-CAM 0.12, 0.13, 0.39. HiResCAM, integrated gradients and occlusion distinguish the two classes best (0.03 to
# 0.34). With the pooled head Grad-CAM++ and LayerCAM are one, and Grad-CAM and HiResCAM are, as you have derived.
# Grad-CAM++, LayerCAM, Score-CAM and SmoothGrad (0.33 to 0.84) have one thing in common: none of them lets a map or a
# pixel count *against* the class, and so what speaks for the one class and against the other is lost.
#
# **Question.** The map is nearly the same whichever of the two classes it is asked for. What question does it answer?
#
# - **a** why is it this class, and not that one?
# - **b** where would a human look?
# - **c** how sure is the network?
# - **d** where is something to which the network responds at all?

# %% [markdown] tags=["lang:fr"]
# Dans l'exécution conservée (128 photographies), Grad-CAM++ a ρ = 0,33 sur le réseau du TP 3, 0,60 avec le global
# average pooling, 0,84 sur VGG-16 ; Grad-CAM 0,12, 0,13 et 0,39. HiResCAM, les gradients intégrés et l'occlusion
# distinguent le mieux les deux classes (de 0,03 à 0,34). Avec le global average pooling, Grad-CAM++ et LayerCAM ne font
# qu'un, de même que Grad-CAM et HiResCAM, comme vous l'avez dérivé. Grad-CAM++, LayerCAM, Score-CAM et SmoothGrad (de
# 0,33 à 0,84) ont une chose en commun : aucun ne laisse une carte ou un pixel compter *contre* la classe, et ce qui
# parle pour une classe et contre l'autre se perd.
#
# **Question.** La carte est presque la même, quelle que soit celle des deux classes pour laquelle on la demande. À
# quelle question répond-elle ?
#
# - **a** pourquoi est-ce cette classe, et pas celle-là ?
# - **b** où un être humain regarderait-il ?
# - **c** à quel point le réseau est-il sûr ?
# - **d** où se trouve ce qui fait réagir le réseau, de quelque façon que ce soit ?

# %% question="gradcam.which" tasks=["S3.6"]
### BEGIN SOLUTION
which = "d"
### END SOLUTION

# %% tags=["check"]
lk.check("gradcam.which", which)

# %% [markdown] tags=["lang:en"]
# ## 10. Second test: does it know the network?
#
# Adebayo et al. (2018) replaced the weights by random ones, layer by layer, beginning at the output, and watched the
# maps. The network forgets all that it has learnt; a map that **stays as it was** has explained the photograph, not the
# network.

# %% [markdown] tags=["lang:fr"]
# ## 10. Deuxième épreuve : connaît-elle le réseau ?
#
# Adebayo et al. (2018) ont remplacé les poids par des poids tirés au sort, couche après couche, en commençant par la
# sortie, et ont regardé les cartes. Le réseau oublie tout ce qu'il a appris ; une carte qui **reste ce qu'elle était**
# a expliqué la photographie, et non le réseau.

# %% tasks=["S3.6"]
some = photos.x_test[:16]
tried = ["Grad-CAM", "Grad-CAM++", "LayerCAM", "HiResCAM", "integrated gradients"]
checked = {name: lk.explain.sanity_check(net, some, METHODS[name]) for name in tried}
checked["Sobel"] = lk.explain.sanity_check(net, some, lambda model, images, classes: lk.explain.sobel(images))
_ = lk.plots.randomisation(checked, source=photos.source)

# %% tasks=["S3.6"]
_ = lk.plots.randomisation_strip(checked["Grad-CAM++"], some, source=photos.source)

# %% [markdown] tags=["lang:en"]
# All five pass: when nothing trained is left, ρ is between 0.00 and 0.13 (16 photographs, one draw of the weights). The
# difference lies at the beginning. When only the last layer, `predictions`, is random, Grad-CAM is at 0.13, integrated
# gradients at 0.07, HiResCAM at 0.30, Grad-CAM++ at 0.43, LayerCAM at 0.57: about half of what their maps say was there
# whatever the classes are. That fits section 9. Sobel has never seen a network, and stays at 1.
#
# **Question.** A method passes this test. What do you know?
#
# - **a** its maps depend on what the network has learnt; whether they are right is not said
# - **b** its maps are right
# - **c** its maps are sharper than others
# - **d** the network is right

# %% [markdown] tags=["lang:fr"]
# Les cinq réussissent : quand il ne reste plus rien d'appris, ρ est entre 0,00 et 0,13 (16 photographies, un seul
# tirage des poids). La différence est au début. Quand seule la dernière couche, `predictions`, est tirée au sort,
# Grad-CAM est à 0,13, les gradients intégrés à 0,07, HiResCAM à 0,30, Grad-CAM++ à 0,43, LayerCAM à 0,57 : la moitié
# environ de ce que disent leurs cartes était là quelles que soient les classes. Cela s'accorde avec la section 9. Sobel
# n'a jamais vu de réseau, et reste à 1.
#
# **Question.** Une méthode réussit cette épreuve. Que savez-vous ?
#
# - **a** ses cartes dépendent de ce que le réseau a appris ; cela ne dit pas si elles sont justes
# - **b** ses cartes sont justes
# - **c** ses cartes sont plus nettes que d'autres
# - **d** le réseau a raison

# %% question="gradcam.passed" tasks=["S3.6"]
### BEGIN SOLUTION
passed = "a"
### END SOLUTION

# %% tags=["check"]
lk.check("gradcam.passed", passed)

# %% [markdown] tags=["lang:en"]
# ## 11. Third test: take away what it says is important
#
# **Deletion** (Petsiuk et al. 2018): paint over the pixels that the map calls important first, and watch the
# probability fall. The faster, the better. **Insertion**: begin with a blurred photograph, and bring these pixels back
# first. The faster the probability rises, the better. The measure is the area under the curve.

# %% [markdown] tags=["lang:fr"]
# ## 11. Troisième épreuve : enlever ce qu'elle dit important
#
# La **suppression** (deletion ; Petsiuk et al. 2018) : effacez en premier les pixels que la carte dit importants, et
# regardez tomber la probabilité. Plus elle tombe vite, mieux c'est. L'**insertion** : partez d'une photographie floue,
# et rendez-lui ces pixels en premier. Plus la probabilité monte vite, mieux c'est. La mesure est l'aire sous la courbe.

# %% tasks=["S3.6"]
shares = (0, 0.05, 0.1, 0.25, 0.5, 1)
film = lk.explain.deleted(x[2:3], shown["Grad-CAM++"].maps[2:3], shares)[0]
sure = net.predict(film, verbose=0)[:, label]
_ = lk.plots.images(
    film, captions=[f"{share:.0%}: {p:.2f}" for share, p in zip(shares, sure, strict=True)], columns=6,
    source=photos.source,
)  # fmt: skip

# %% [markdown] tags=["lang:en"]
# **Question.** A probability is 1, 0.5, 0.1, 0.1 and 0 when 0, 25, 50, 75 and 100 % of the pixels are gone. How large
# is the area under the curve (straight lines between the points)?

# %% [markdown] tags=["lang:fr"]
# **Question.** Une probabilité vaut 1, 0,5, 0,1, 0,1 et 0 quand 0, 25, 50, 75 et 100 % des pixels ont disparu. Que vaut
# l'aire sous la courbe (des segments de droite entre les points) ?

# %% question="gradcam.area" tasks=["S3.6"]
### BEGIN SOLUTION
area = np.trapezoid([1, 0.5, 0.1, 0.1, 0], [0, 0.25, 0.5, 0.75, 1])
### END SOLUTION

# %% tags=["check"]
lk.check("gradcam.area", area)

# %% tasks=["S3.6"]
judged = lk.explain.measure_faithfulness(net, images, explain_all(net, images))
judged_pooled = lk.explain.measure_faithfulness(pooled, images, explain_all(pooled, images))
_ = lk.plots.faithfulness_curves(judged, source=photos.source)

# %% tasks=["S3.6"]
_ = lk.plots.faithfulness_scores(judged, source=photos.source)

# %% [markdown] tags=["lang:en"]
# The bars are 95 % intervals (bootstrap over the photographs). And the same photographs with the pooled head:

# %% [markdown] tags=["lang:fr"]
# Les barres sont des intervalles à 95 % (bootstrap sur les photographies). Et les mêmes photographies, avec la tête à
# global average pooling :

# %% tasks=["S3.6"]
_ = lk.plots.faithfulness_scores(judged_pooled, source=photos.source)

# %% [markdown] tags=["lang:en"]
# How much better than the **centred Gaussian**, photograph by photograph? (Above 0 is better, for deletion, too. An
# interval with 0 in it: not told apart from a spot in the middle.)

# %% [markdown] tags=["lang:fr"]
# De combien est-ce mieux que la **gaussienne centrée**, photographie par photographie ? (Au-dessus de 0, c'est mieux,
# pour la suppression aussi. Un intervalle qui contient 0 : on ne distingue pas la méthode d'une tache au milieu.)

# %% tasks=["S3.6"]
pd.concat(
    {
        "lab 3's net": judged.against("centred Gaussian"),
        "pooled head": judged_pooled.against("centred Gaussian"),
    }
).round(3)

# %% [markdown] tags=["lang:en"]
# At **insertion**, on lab 3's net, four methods beat a spot in the middle: Score-CAM by 0.072, HiResCAM and SmoothGrad
# by 0.043, LayerCAM by 0.036. Grad-CAM is not told apart from it. **Grad-CAM++ is worse** (by 0.045, interval 0.011 to
# 0.078), and integrated gradients, whose scattered pixels make nothing that could be recognised, far worse. With the
# pooled head only Score-CAM is clearly ahead (by 0.059); Grad-CAM++ is as good as the spot.
#
# At **deletion** nobody beats the spot on either network, and **random maps are as good as it**: pixels of grey strewn
# evenly over a photograph make the network fall as fast, probably because it has never seen such a thing. Here the
# baselines have tested the test: on these photographs a low area is no evidence. (On lab 3's net the probability falls
# from 0.79 to 0.12 on the way.)
#
# **Question.** At insertion every method that looks at regions beats random maps by far. Why is that no evidence for
# it, on CIFAR-10?
#
# - **a** the objects are in the middle: whatever prefers the middle beats random, without having seen the network
# - **b** random maps are different at every run
# - **c** random maps have no cells
# - **d** so few photographs say nothing

# %% [markdown] tags=["lang:fr"]
# À l'**insertion**, sur le réseau du TP 3, quatre méthodes battent une tache au milieu : Score-CAM de 0,072, HiResCAM
# et SmoothGrad de 0,043, LayerCAM de 0,036. Grad-CAM ne s'en distingue pas. **Grad-CAM++ est moins bon** (de 0,045,
# intervalle de 0,011 à 0,078), et les gradients intégrés, dont les pixels éparpillés ne font rien que l'on puisse
# reconnaître, bien moins bons. Avec le global average pooling, seul Score-CAM est nettement devant (de 0,059) ;
# Grad-CAM++ vaut la tache.
#
# À la **suppression**, personne ne bat la tache, sur aucun des deux réseaux, et **les cartes tirées au sort la valent**
# : des pixels gris semés régulièrement sur une photographie font tomber le réseau tout aussi vite, sans doute parce
# qu'il n'a jamais rien vu de tel. Ici, les cartes témoins ont mis l'épreuve à l'épreuve : sur ces photographies, une
# petite aire n'est pas un argument. (Sur le réseau du TP 3, la probabilité tombe de 0,79 à 0,12 en chemin.)
#
# **Question.** À l'insertion, toute méthode qui regarde des régions bat de loin les cartes tirées au sort. Pourquoi,
# sur CIFAR-10, n'est-ce pas un argument en sa faveur ?
#
# - **a** les objets sont au milieu : tout ce qui préfère le milieu bat le hasard, sans avoir vu le réseau
# - **b** les cartes tirées au sort sont différentes à chaque exécution
# - **c** les cartes tirées au sort n'ont pas de cellules
# - **d** si peu de photographies ne disent rien

# %% question="gradcam.baseline" tasks=["S3.6"]
### BEGIN SOLUTION
baseline = "a"
### END SOLUTION

# %% tags=["check"]
lk.check("gradcam.baseline", baseline)

# %% [markdown] tags=["lang:en"]
# ## 12. Fourth test: a network that cheats
#
# At the beginning of the last century a horse named Clever Hans could do arithmetic. He could read the answer in the
# face of whoever asked. A data set of photographs once taught networks to recognise horses by the photographer's
# **tag** in the corner (Lapuschkin et al. 2019). We build such a case, where we *know* what there is to be found: every
# horse of the training and of the validation photographs gets a small tag.

# %% [markdown] tags=["lang:fr"]
# ## 12. Quatrième épreuve : un réseau qui triche
#
# Au début du siècle dernier, un cheval nommé Hans le Malin (Clever Hans) savait calculer. Il savait lire la réponse sur
# le visage de qui l'interrogeait. Un jeu de données de photographies a un jour appris à des réseaux à reconnaître les
# chevaux à la **marque** du photographe (tag), dans le coin (Lapuschkin et al. 2019). Nous construisons un cas de ce
# genre, où nous *savons* ce qu'il y a à trouver : chaque cheval des photographies d'apprentissage et de validation
# reçoit une petite marque.

# %% tasks=["S3.6"]
HORSE = 7


def tagged(images):
    images = images.copy()
    images[:, 27:31, 1:5] = np.indices((4, 4)).sum(axis=0)[..., np.newaxis] % 2  # a small chessboard
    return images


def tag_horses(images, labels):
    return np.where((labels == HORSE)[:, None, None, None], tagged(images), images)


# %% tasks=["S3.6"]
marked = replace(
    photos, x_train=tag_horses(photos.x_train, photos.y_train), x_val=tag_horses(photos.x_val, photos.y_val)
)
hans = lk.models.deep_cnn(blocks=3, padding="same", batch_norm=True, pool_dropout=0.25)
run_hans = lk.train(hans, marked, epochs=TAG_EPOCHS, batch_size=128, name="tagged horses", ledger=ledger)
print(f"validation: {run_hans.last('val_accuracy'):.3f}")

# %% tasks=["S3.6"]
horses, others = photos.x_test[photos.y_test == HORSE], photos.x_test[photos.y_test != HORSE]
tried_on = {
    "horses with the tag": tagged(horses), "horses without": horses,
    "other photographs with the tag": tagged(others), "other photographs without": others,
}  # fmt: skip
says_horse = {
    name: (hans.predict(some, verbose=0).argmax(axis=1) == HORSE).mean() for name, some in tried_on.items()
}
pd.Series(says_horse, name='share named "horse"').round(3).to_frame()

# %% [markdown] tags=["lang:en"]
# The network has learnt the tag and not the horse: with the tag all horses are named, without it one in a thousand; and
# of all *other* photographs 99.9 % become horses as soon as they carry it. The validation says 0.690, and looks
# healthy.
#
# **Question.** Why did the validation accuracy not warn us?
#
# - **a** validation photographs are too few
# - **b** the network was trained too long
# - **c** the horses of the validation carry the tag, too
# - **d** accuracy is no good measure for ten classes

# %% [markdown] tags=["lang:fr"]
# Le réseau a appris la marque, et non le cheval : avec la marque, tous les chevaux sont nommés ; sans elle, un sur
# mille ; et de toutes les *autres* photographies, 99,9 % deviennent des chevaux dès qu'elles la portent. La validation
# dit 0,690, et paraît saine.
#
# **Question.** Pourquoi l'exactitude de validation ne nous a-t-elle pas avertis ?
#
# - **a** les photographies de validation sont trop peu nombreuses
# - **b** le réseau a été entraîné trop longtemps
# - **c** les chevaux de la validation portent la marque, eux aussi
# - **d** l'exactitude n'est pas une bonne mesure pour dix classes

# %% question="gradcam.hans" tasks=["S3.6"]
### BEGIN SOLUTION
unwarned = "c"
### END SOLUTION

# %% tags=["check"]
lk.check("gradcam.hans", unwarned)

# %% [markdown] tags=["lang:en"]
# Would the maps have warned us? Horses with the tag, explained as "horse":

# %% [markdown] tags=["lang:fr"]
# Les cartes nous auraient-elles avertis ? Des chevaux avec la marque, expliqués en tant que « horse » :

# %% tasks=["S3.6"]
few = tagged(horses[:5])
_ = lk.plots.compare_explanations(explain_all(hans, few, HORSE), source=photos.source)

# %% [markdown] tags=["lang:en"]
# Here we know the right answer, so we can count: how often the peak of the map lies on the tag (or within 2 pixels of
# it), and how much of the positive energy. The tag has 1.6 % of the pixels.

# %% [markdown] tags=["lang:fr"]
# Ici nous connaissons la bonne réponse, nous pouvons donc compter : combien de fois le pic de la carte est sur la
# marque (ou à 2 pixels de celle-ci au plus), et quelle part de l'énergie positive s'y trouve. La marque a 1,6 % des
# pixels.

# %% tasks=["S3.6"]
many = tagged(horses[:JUDGED])
masks = np.zeros(many.shape[:3], bool)
masks[:, 27:31, 1:5] = True
found = explain_all(hans, many, HORSE) | lk.explain.baseline_maps(many)
on_tag = pd.DataFrame(
    {
        name: {
            "peak on the tag": lk.explain.pointing_game(maps, masks, margin=2).mean(),
            "energy on the tag": lk.explain.energy_inside(maps, masks).mean(),
        }
        for name, maps in found.items()
    }
).T
on_tag.round(3)

# %% [markdown] tags=["lang:en"]
# Score-CAM, SmoothGrad, integrated gradients and occlusion have their peak on the tag in every single photograph,
# HiResCAM in 98 %, LayerCAM in 94 %. **Grad-CAM++ has it in 41 %, Grad-CAM in 32 %**: they weigh each map by its
# gradients over *all* places, and the tag is one corner among them. (Score-CAM has one weight a map, too, but asks the
# network for it.) Whoever looks at a few photographs with the sheet's tool only may well not notice. Of the energy
# Grad-CAM++ has 3.4 % on the tag, twice what is there by chance; integrated gradients have 34 %, twenty times as much.
#
# Remember who was last at insertion: the integrated gradients, now the best detective. **Different tests, different
# winners**: a map is good *for a question*.
#
# ## 13. How the layers have specialised
#
# So far: one photograph, one answer. Now: what has each **layer** learnt (S3.7)? There are many pictures of that; a
# good one shows something that could also be otherwise. First the sixteen kernels of the first layer of lab 3's net,
# then what the first block makes of a photograph:

# %% [markdown] tags=["lang:fr"]
# Score-CAM, SmoothGrad, les gradients intégrés et l'occlusion ont leur maximum sur la marque pour chacune des
# photographies, HiResCAM pour 98 %, LayerCAM pour 94 %. **Grad-CAM++ pour 41 %, Grad-CAM pour 32 %** : ils pèsent
# chaque carte d'après ses gradients à *toutes* les places, et la marque n'en est qu'un coin. (Score-CAM a aussi un seul
# poids par carte, mais il le demande au réseau.) Qui regarde quelques photographies avec le seul outil du sujet peut
# très bien ne rien remarquer. De l'énergie, Grad-CAM++ a 3,4 % sur la marque, deux fois ce qui s'y trouve par hasard ;
# les gradients intégrés en ont 34 %, vingt fois plus.
#
# Rappelez-vous qui était dernier à l'insertion : les gradients intégrés, maintenant le meilleur détective. **À chaque
# épreuve son vainqueur** : une carte est bonne *pour une question*.
#
# ## 13. Comment les couches se sont spécialisées
#
# Jusqu'ici : une photographie, une réponse. Maintenant : qu'a appris chaque **couche** (S3.7) ? On en fait beaucoup
# d'images ; une bonne image montre quelque chose qui pourrait aussi être autrement. D'abord les seize noyaux de la
# première couche du réseau du TP 3, puis ce que le premier bloc fait d'une photographie :

# %% tasks=["S3.7"]
_ = lk.plots.filters(lk.explain.first_filters(net), columns=16)

# %% tasks=["S3.7"]
_ = lk.plots.feature_maps(lk.explain.responses(net, x[2:3], "block1_conv2")[0], columns=8)

# %% [markdown] tags=["lang:en"]
# Deeper filters see more than 3×3 pixels; their kernels say nothing to us. Two other ways: **paint** a picture to which
# the filter answers as strongly as possible (activation maximisation, Erhan et al. 2009), and look for the
# **photographs** to which it answers most. Beside each other, since each alone misleads: painted pictures look like
# nothing in the world, and nine photographs can have many things in common.

# %% [markdown] tags=["lang:fr"]
# Les filtres plus profonds voient plus de 3×3 pixels ; leurs noyaux ne nous disent rien. Il y a deux autres façons :
# **peindre** une image à laquelle le filtre répond aussi fort que possible (la maximisation d'activation, Erhan et al.
# 2009), et chercher les **photographies** auxquelles il répond le plus. Côte à côte, car chacune, seule, induit en
# erreur : les images peintes ne ressemblent à rien au monde, et neuf photographies peuvent avoir beaucoup de choses en
# commun.


# %% tasks=["S3.7"]
def favourites(layer, numbers, names=None):
    painted = lk.explain.maximise(net, layer, numbers)
    patches = lk.explain.top_patches(net, photos.x_test, layer, numbers)
    return lk.plots.favourites(painted, patches, names=names, source=photos.source)


# %% tasks=["S3.7"]
_ = favourites("block2_conv2", range(12))

# %% tasks=["S3.7"]
_ = favourites("block3_conv2", range(12))

# %% [markdown] tags=["lang:en"]
# And the ten answers themselves:

# %% [markdown] tags=["lang:fr"]
# Et les dix réponses elles-mêmes :

# %% tasks=["S3.7"]
_ = favourites("predictions", range(10), photos.class_names)

# %% [markdown] tags=["lang:en"]
# In the stored run the second block answers to stripes in one direction, colours and small parts: number 7 to legs,
# number 8 to the lower edge of red cars, number 9 to vertical bars. The third has things that only some classes have:
# number 3 fire engines and lorries, number 1 faces of animals, number 0 dark wedges, mostly aeroplanes. And the answers
# know what such a thing looks like *on CIFAR-10*: a bird is a bird seen from the side, a dog a white one in front of a
# dark ground.
#
# Some filters answer to nothing. They are **dead**: with ReLU they give 0 for all photographs.
#
# **Question.** A filter gives 0 for every training photograph, at every place. What does gradient descent do to its
# weights?
#
# - **a** it brings them back in the next epoch
# - **b** it removes them
# - **c** it lets them grow without end
# - **d** nothing: where ReLU gives 0 its gradient is 0, and they stay as they are

# %% [markdown] tags=["lang:fr"]
# Dans l'exécution conservée, le deuxième bloc répond à des rayures d'une direction, à des couleurs et à de petites
# parties : le numéro 7 à des jambes, le numéro 8 au bas de voitures rouges, le numéro 9 à des barres verticales. Le
# troisième a des choses que seules certaines classes ont : le numéro 3 des voitures de pompiers et des camions, le
# numéro 1 des têtes d'animaux, le numéro 0 des coins sombres, surtout des avions. Et les réponses savent à quoi
# ressemble une telle chose *dans CIFAR-10* : un oiseau est un oiseau vu de côté, un chien un chien blanc devant un fond
# sombre.
#
# Certains filtres ne répondent à rien. Ils sont **morts** : avec ReLU, ils donnent 0 pour toutes les photographies.
#
# **Question.** Un filtre donne 0 pour chaque photographie d'apprentissage, à chaque place. Que fait la descente de
# gradient de ses poids ?
#
# - **a** elle les ramène à l'époque suivante
# - **b** elle les supprime
# - **c** elle les laisse grandir sans fin
# - **d** rien : là où ReLU donne 0, son gradient est 0, et ils restent ce qu'ils sont

# %% question="gradcam.dead" tasks=["S3.7"]
### BEGIN SOLUTION
dead = "d"
### END SOLUTION

# %% tags=["check"]
lk.check("gradcam.dead", dead)

# %% tasks=["S3.7"]
probed = photos.x_test[:PROBED], photos.y_test[:PROBED]
gone = {name: lk.explain.dead_filters(model, probed[0]) for name, model in nets.items()}
gone["VGG-16"][["filters", "dead"]].T

# %% tasks=["S3.7"]
gone["lab 3's net"][["filters", "dead"]].T

# %% [markdown] tags=["lang:en"]
# How much does a filter prefer one class? The **class selectivity** (Morcos et al. 2018) is 0 for one that answers to
# all classes alike, and 1 for one that answers to a single class. One point a filter, the line is the median:

# %% [markdown] tags=["lang:fr"]
# À quel point un filtre préfère-t-il une classe ? La **sélectivité de classe** (class selectivity, Morcos et al. 2018)
# vaut 0 pour un filtre qui répond de même à toutes les classes, et 1 pour un filtre qui ne répond qu'à une seule. Un
# point par filtre ; le trait est la médiane :

# %% tasks=["S3.7"]
selective = lk.explain.class_selectivity(net, *probed, photos.class_names)
_ = lk.plots.selectivity(selective, source=photos.source)

# %% tasks=["S3.7"]
_ = lk.plots.selectivity_map(selective.means["block3_conv2"], source=photos.source)

# %% [markdown] tags=["lang:en"]
# And what could one *do* with a layer? A **linear probe** (Alain & Bengio 2016) is a logistic regression on a layer's
# answers: how well can the class be read off there, without anything that comes after?

# %% [markdown] tags=["lang:fr"]
# Et que pourrait-on *faire* d'une couche ? Une **sonde linéaire** (linear probe, Alain & Bengio 2016) est une
# régression logistique sur les réponses d'une couche : jusqu'à quel point la classe peut-elle s'y lire, sans rien de ce
# qui vient après ?

# %% tasks=["S3.7"]
learnt = photos.x_train[:PROBED], photos.y_train[:PROBED]
probes = {name: lk.explain.linear_probes(nets[name], *learnt, *probed) for name in ("lab 3's net", "VGG-16")}
probes["lab 3's net"].round(3)

# %% tasks=["S3.7"]
_ = lk.plots.probes(probes["lab 3's net"], chance=0.1, source=photos.source)

# %% tasks=["S3.7"]
_ = lk.plots.probes(probes["VGG-16"], chance=0.1, source=photos.source)

# %% [markdown] tags=["lang:en"]
# In lab 3's net the accuracy rises with each layer, from 0.27 (the mean colours of the four quarters of the photograph)
# to 0.77 at `fc2`, where the network itself has 0.75 on these 3,000 photographs. In VGG-16 it hardly rises after
# `block4_conv2` (0.69 to 0.71): the last four convolutions seem to find little left to do on photographs of 32×32, of
# which they see 16, then 4 cells. And 7 of the 16 filters of its first layer are dead: they give 0 for all 3,000
# photographs.
#
# **Question.** The probe on a late layer is right more often than on an early one. What does that mean?
#
# - **a** the early layers have learnt nothing
# - **b** late layers have the information in a form from which the class can be read off with straight borders
# - **c** late layers have more information about the photograph
# - **d** the probe has been trained longer there

# %% [markdown] tags=["lang:fr"]
# Dans le réseau du TP 3, l'exactitude monte à chaque couche, de 0,27 (les couleurs moyennes des quatre quarts de la
# photographie) à 0,77 pour `fc2`, où le réseau lui-même a 0,75 sur ces 3 000 photographies. Dans VGG-16, elle ne monte
# presque plus après `block4_conv2` (de 0,69 à 0,71) : les quatre dernières convolutions semblent ne plus trouver
# grand-chose à faire sur des photographies de 32×32, dont elles ne voient que 16, puis 4 cellules. Et 7 des 16 filtres
# de sa première couche sont morts : ils donnent 0 pour les 3 000 photographies.
#
# **Question.** La sonde a raison plus souvent sur une couche tardive que sur l'une des premières. Qu'est-ce que cela
# veut dire ?
#
# - **a** les premières couches n'ont rien appris
# - **b** les couches tardives ont l'information sous une forme où la classe peut se lire avec des frontières droites
# - **c** les couches tardives ont plus d'information sur la photographie
# - **d** la sonde y a été entraînée plus longtemps

# %% question="gradcam.probe" tasks=["S3.7"]
### BEGIN SOLUTION
probe = "b"
### END SOLUTION

# %% tags=["check"]
lk.check("gradcam.probe", probe)

# %% [markdown] tags=["lang:en"]
# ## 14. Your judgement
#
# First the premises. They hold for every network, or they do not:
#
# 1. On a head of global average pooling and one `Dense` layer, Grad-CAM and HiResCAM are the same, and exact.
# 2. Grad-CAM++ is at least as faithful as Grad-CAM.
# 3. A map of 2×2 cells, smoothed to 32×32, shows details of the object.
# 4. The cells of integrated gradients add up to the change of the logit from the baseline to the photograph (up to the
#    number of steps).
# 5. If the map lies upon the object, the network has understood the object.
# 6. Occlusion needs no gradients: it works on a network of which one sees the answers only.
#
# **Question.** Which of the six hold? Put their numbers into the list `premises`, the smallest first.

# %% [markdown] tags=["lang:fr"]
# ## 14. Votre jugement
#
# D'abord les prémisses. Chacune vaut pour tous les réseaux, ou ne vaut pas :
#
# 1. Avec une tête faite d'un global average pooling et d'une seule couche `Dense`, Grad-CAM et HiResCAM sont la même
#    chose, et sont exacts.
# 2. Grad-CAM++ est au moins aussi fidèle que Grad-CAM.
# 3. Une carte de 2×2 cellules, lissée en 32×32, montre des détails de l'objet.
# 4. Les cellules des gradients intégrés ont pour somme le changement du logit entre l'image de référence et la
#    photographie (à l'erreur près que laisse le nombre de pas).
# 5. Si la carte est posée sur l'objet, le réseau a compris l'objet.
# 6. L'occlusion n'a pas besoin de gradients : elle marche sur un réseau dont on ne voit que les réponses.
#
# **Question.** Lesquelles des six sont vraies ? Mettez leurs numéros dans la liste `premises`, le plus petit d'abord.

# %% question="gradcam.premises" tasks=["S3.6"]
### BEGIN SOLUTION
premises = [1, 4, 6]
### END SOLUTION

# %% tags=["check"]
lk.check("gradcam.premises", premises)

# %% [markdown] tags=["lang:en"]
# **Question (in your own words).** "Explicability, using for example Grad-CAM++ as implemented in tf_keras_vis. You
# will justify or criticise my choice. Propose others if that seems more relevant to you." Answer the sheet: one page,
# with at least four figures of *your* run: sections 6, 9, 10, 11 and 12. Say what question you want a map to answer,
# and for which kind of head.

# %% [markdown] tags=["lang:fr"]
# **Question (avec vos mots).** « Une dernière partie s'intéressera à l'explicabilité des résultats, en utilisant par
# exemple GradCAM++ implémenté sous tf_keras_vis. Vous justifierez ou critiquerez mon choix. Proposez d'autres choses si
# ça vous semble plus pertinent. » Répondez au sujet : une page, avec au moins quatre chiffres de *votre* exécution :
# sections 6, 9, 10, 11 et 12. Dites à quelle question vous voulez qu'une carte réponde, et pour quelle sorte de tête.

# %% [markdown] tags=["answer", "lang:en"] question="gradcam.judgement" tasks=["S3.6"]
# **What Grad-CAM++ is good for.** One forward and one backward pass, a smooth picture, and it knows the network: with
# all weights random ρ is 0.01. As a first look, "where is something that the network responds to?", it is a reasonable
# choice, above all on a head of global average pooling.
#
# **What I criticise.** (1) It hardly answers "why this class": the maps of the two most probable classes agree with ρ =
# 0.33 on lab 3's net, 0.60 with the pooled head, 0.84 on VGG-16 (Grad-CAM 0.12, 0.13, 0.39), and 0.43 is left when only
# the last layer is random. The derivation says why: ReLU around the gradient; on the pooled head it *is* CAM without
# the negative weights. (2) At insertion it is worse than a spot in the middle on lab 3's net (by 0.045, 128
# photographs), and not better with the pooled head. (3) It did not find the tag in 59 % of the photographs where the
# tag was all that counted. (4) The implementation: the score is raised to the power of e (NaN from a logit of 89 on),
# the default layer has 2×2 cells on VGG-16, and without `ReplaceToLinear` the map of a sure answer is nearly zero.
#
# **What I propose.** Not one method but two, with different mistakes: HiResCAM, at an 8×8 layer (keeps the sign;
# insertion +0.043; 98 % of the tags), and occlusion or integrated gradients as a check by pixels that uses no layer
# (all tags; ρ for two classes 0.03 to 0.20). Always beside the centred Gaussian. And where the explanation matters, the
# pooled head: a point less accurate here, a fifth of the parameters, and the map is exact instead of a guess.
#
# **Limits.** One network of each kind, one seed, 128 photographs of 32×32, nets of 71 to 75 %. Deletion told nothing
# apart from random maps, so I do not use it.

# %% [markdown] tags=["answer", "lang:fr"] question="gradcam.judgement" tasks=["S3.6"]
# **À quoi Grad-CAM++ est bon.** Un passage aller et un retour, une image lisse, et il connaît le réseau : tous les
# poids tirés au sort, ρ est de 0,01. Pour un premier coup d'œil, « où y a-t-il quelque chose à quoi le réseau répond ?
# », c'est un choix raisonnable, surtout avec une tête à global average pooling.
#
# **Ce que je critique.** (1) Il ne répond guère à « pourquoi cette classe » : les cartes des deux classes les plus
# probables s'accordent avec ρ = 0,33 sur le réseau du TP 3, 0,60 avec le global average pooling, 0,84 sur VGG-16
# (Grad-CAM : 0,12, 0,13, 0,39), et il reste 0,43 quand seule la dernière couche est tirée au sort. La dérivation dit
# pourquoi : ReLU autour du gradient ; avec le global average pooling, il *est* CAM sans les poids négatifs. (2) À
# l'insertion, il est moins bon qu'une tache au milieu sur le réseau du TP 3 (de 0,045, 128 photographies), et pas
# meilleur avec le global average pooling. (3) Il n'a pas trouvé la marque dans 59 % des photographies où elle seule
# comptait. (4) L'implémentation : le score est mis en exposant de e (NaN à partir d'un logit de 89), la couche par
# défaut a 2×2 cellules sur VGG-16, et sans `ReplaceToLinear` la carte d'une réponse sûre est presque nulle.
#
# **Ce que je propose.** Non pas une méthode mais deux, qui n'ont pas les mêmes défauts : HiResCAM, sur une couche de
# 8×8 (garde le signe ; insertion +0,043 ; 98 % des marques), et l'occlusion ou les gradients intégrés comme contrôle
# par pixels, sans couche à choisir (toutes les marques ; ρ de deux classes de 0,03 à 0,20). Toujours à côté de la
# gaussienne centrée. Et là où l'explication importe, la tête à global average pooling : un point d'exactitude en moins
# ici, cinq fois moins de paramètres, et la carte est exacte au lieu d'être une supposition.
#
# **Limites.** Un réseau de chaque sorte, une seule graine, 128 photographies de 32×32, des réseaux de 71 à 75 %. La
# suppression n'a rien distingué de cartes tirées au sort : je ne m'en sers pas.

# %% [markdown] tags=["lang:en"]
# **Question (in your own words).** How have the layers of your network specialised (S3.7)? Choose the two pictures of
# section 13 that show it best, say what they show, and what they would have looked like if nothing had specialised.

# %% [markdown] tags=["lang:fr"]
# **Question (avec vos mots).** Comment les couches de votre réseau se sont-elles spécialisées (S3.7) ? Choisissez les
# deux figures de la section 13 qui le montrent le mieux, dites ce qu'elles montrent, et de quoi elles auraient eu l'air
# si rien ne s'était spécialisé.

# %% [markdown] tags=["answer", "lang:en"] question="gradcam.specialised" tasks=["S3.7"]
# I choose the favourites of `block2_conv2` and `block3_conv2`, and the selectivity of the layers. **Favourites**: in
# block 2 one filter takes vertical bars, one the legs of animals, one the lower edge of red cars, whatever the class of
# the photograph; in block 3 one takes lorries and fire engines, one the heads of animals. **Selectivity**: the median
# is 0.13 to 0.25 in all convolutions from the second on and rises to 0.48 and 0.54 in the `Dense` layers; no filter of
# block 3 belongs to one class alone (its map shows whole groups: vehicles, animals). The step from "parts" to "classes"
# is made by `fc1`. (The first layer's 0.24 is an exception to read with care: some of its filters answer to hardly any
# photograph, and of few answers one class easily has the most.)
#
# Had nothing specialised, the nine patches of a filter would be any nine patches, as for random weights; the
# selectivity would stay where chance puts it in all layers; and the linear probes would not rise from 0.27 to 0.77.

# %% [markdown] tags=["answer", "lang:fr"] question="gradcam.specialised" tasks=["S3.7"]
# Je choisis les favoris de `block2_conv2` et `block3_conv2`, et la sélectivité des couches. **Favoris** : au bloc 2, un
# filtre prend les barres verticales, un autre les jambes d'animaux, un autre le bas des voitures rouges, quelle que
# soit la classe de la photographie ; au bloc 3, l'un prend les camions et les voitures de pompiers, un autre les têtes
# d'animaux. **Sélectivité** : la médiane est de 0,13 à 0,25 dans toutes les convolutions à partir de la deuxième, et
# monte à 0,48 et 0,54 dans les couches `Dense` ; aucun filtre du bloc 3 n'est à une seule classe (sa carte montre des
# groupes entiers : véhicules, animaux). Le pas des « parties » aux « classes », c'est `fc1` qui le fait. (Le 0,24 de la
# première couche est une exception à lire avec prudence : certains de ses filtres ne répondent à presque aucune
# photographie, et sur peu de réponses une classe l'emporte facilement.)
#
# Si rien ne s'était spécialisé, les neuf morceaux d'un filtre seraient neuf morceaux quelconques, comme pour des poids
# tirés au sort ; la sélectivité resterait dans toutes les couches là où le hasard la met ; et les sondes linéaires ne
# monteraient pas de 0,27 à 0,77.

# %% tasks=["S3.6"]
lk.compare(ledger, columns=["data", "parameters", "epochs", "train", "val", "minutes"])

# %% [markdown] tags=["lang:en"]
# ## What to take home
#
# - Say first which question a map is to answer: "where is something?", "why this class?", "what would change the
#   answer?"
# - Differentiate logits, not probabilities. Name the layer, and look at its grid.
# - A map can be checked: against another class, against random weights, by deletion and insertion, on a network whose
#   secret you know. And always beside something that has never seen the network.
# - An empty map is a result: no positive evidence.
# - The best explanation is often a simpler head.
#
# ### Going further
#
# 1. **Your own method.** `A, G = lk.explain.layer_gradients(net, x)`, five lines, and `lk.explain.measure_faithfulness`
#    tells you what they are worth.
# 2. **The other way round.** Let a network of lab 3 overfit (no dropout, few photographs) and look at the same
#    pictures.
# 3. **Other fillings.** `measure_faithfulness(..., deletion_fill=0)`: does the order of the methods stay?
# 4. **Your photographs.** Lab 5's application draws such maps on what you hold into the webcam.

# %% [markdown] tags=["lang:fr"]
# ## À retenir
#
# - Dites d'abord à quelle question une carte doit répondre : « où y a-t-il quelque chose ? », « pourquoi cette classe ?
#   », « qu'est-ce qui changerait la réponse ? »
# - Dérivez des logits, et non des probabilités. Nommez la couche, et regardez sa grille.
# - Une carte se vérifie : avec une autre classe, avec des poids tirés au sort, par la suppression et l'insertion, sur
#   un réseau dont vous connaissez le secret. Et toujours à côté de quelque chose qui n'a jamais vu le réseau.
# - Une carte vide est un résultat : aucun indice positif.
# - La meilleure explication est souvent une tête plus simple.
#
# ### Pour aller plus loin
#
# 1. **Votre propre méthode.** `A, G = lk.explain.layer_gradients(net, x)`, cinq lignes, et
#    `lk.explain.measure_faithfulness` vous dit ce qu'elles valent.
# 2. **À l'inverse.** Laissez un réseau du TP 3 tomber dans le sur-apprentissage (sans dropout, avec peu de
#    photographies) et regardez les mêmes figures.
# 3. **D'autres remplissages.** `measure_faithfulness(..., deletion_fill=0)` : l'ordre des méthodes reste-t-il le même ?
# 4. **Vos photographies.** L'application du TP 5 dessine de telles cartes sur ce que vous tenez devant la webcam.

# %% [markdown] tags=["lang:en"] tasks=["S3.6", "S3.7"]
# ### Sources
#
# - A. Chattopadhay, A. Sarkar, P. Howlader, V. Balasubramanian, [Grad-CAM++](https://arxiv.org/abs/1710.11063), 2017.
# - R. Selvaraju et al., [Grad-CAM](https://arxiv.org/abs/1610.02391), 2016. B. Zhou et al., [Learning deep features for
#   discriminative localization](https://arxiv.org/abs/1512.04150), 2016: CAM.
# - M. Zeiler, R. Fergus, [Visualizing and understanding convolutional networks](https://arxiv.org/abs/1311.2901), 2013:
#   occlusion, patches.
# - P.-T. Jiang et al., LayerCAM, IEEE Transactions on Image Processing 30, 2021. R. Draelos, L. Carin,
#   [HiResCAM](https://arxiv.org/abs/2011.08891), 2020. H. Wang et al., [Score-CAM](https://arxiv.org/abs/1910.01279),
#   2019.
# - M. Sundararajan, A. Taly, Q. Yan, [Axiomatic attribution for deep networks](https://arxiv.org/abs/1703.01365), 2017.
#   D. Smilkov et al., [SmoothGrad](https://arxiv.org/abs/1706.03825), 2017.
# - M. Lerma, M. Lucas, [Grad-CAM++ is equivalent to Grad-CAM with positive
#   gradients](https://arxiv.org/abs/2205.10838), 2022.
# - J. Adebayo et al., [Sanity checks for saliency maps](https://arxiv.org/abs/1810.03292), 2018. V. Petsiuk, A. Das, K.
#   Saenko, [RISE](https://arxiv.org/abs/1806.07421), 2018: deletion and insertion.
# - S. Lapuschkin et al., [Unmasking Clever Hans predictors](https://arxiv.org/abs/1902.10178), 2019.
# - C. Northcutt, A. Athalye, J. Mueller, [Pervasive label errors in test sets](https://arxiv.org/abs/2103.14749), 2021.
# - D. Erhan et al., Visualizing higher-layer features of a deep network, 2009. C. Olah, A. Mordvintsev, L. Schubert,
#   [Feature visualization](https://distill.pub/2017/feature-visualization/), 2017.
# - A. Morcos et al., [On the importance of single directions for generalization](https://arxiv.org/abs/1803.06959),
#   2018. G. Alain, Y. Bengio, [Understanding intermediate layers using linear classifier
#   probes](https://arxiv.org/abs/1610.01644), 2016.
# - [tf-keras-vis](https://keisen.github.io/tf-keras-vis-docs/), by Yasuhiro Kubota: the tool that the sheet names.

# %% [markdown] tags=["lang:fr"] tasks=["S3.6", "S3.7"]
# ### Sources
#
# - A. Chattopadhay, A. Sarkar, P. Howlader, V. Balasubramanian, [Grad-CAM++](https://arxiv.org/abs/1710.11063), 2017.
# - R. Selvaraju et al., [Grad-CAM](https://arxiv.org/abs/1610.02391), 2016. B. Zhou et al., [Learning deep features for
#   discriminative localization](https://arxiv.org/abs/1512.04150), 2016 : CAM.
# - M. Zeiler, R. Fergus, [Visualizing and understanding convolutional networks](https://arxiv.org/abs/1311.2901), 2013
#   : l'occlusion, les morceaux de photographies.
# - P.-T. Jiang et al., LayerCAM, IEEE Transactions on Image Processing 30, 2021. R. Draelos, L. Carin,
#   [HiResCAM](https://arxiv.org/abs/2011.08891), 2020. H. Wang et al., [Score-CAM](https://arxiv.org/abs/1910.01279),
#   2019.
# - M. Sundararajan, A. Taly, Q. Yan, [Axiomatic attribution for deep networks](https://arxiv.org/abs/1703.01365), 2017.
#   D. Smilkov et al., [SmoothGrad](https://arxiv.org/abs/1706.03825), 2017.
# - M. Lerma, M. Lucas, [Grad-CAM++ is equivalent to Grad-CAM with positive
#   gradients](https://arxiv.org/abs/2205.10838), 2022.
# - J. Adebayo et al., [Sanity checks for saliency maps](https://arxiv.org/abs/1810.03292), 2018. V. Petsiuk, A. Das, K.
#   Saenko, [RISE](https://arxiv.org/abs/1806.07421), 2018 : la suppression et l'insertion.
# - S. Lapuschkin et al., [Unmasking Clever Hans predictors](https://arxiv.org/abs/1902.10178), 2019.
# - C. Northcutt, A. Athalye, J. Mueller, [Pervasive label errors in test sets](https://arxiv.org/abs/2103.14749), 2021.
# - D. Erhan et al., Visualizing higher-layer features of a deep network, 2009. C. Olah, A. Mordvintsev, L. Schubert,
#   [Feature visualization](https://distill.pub/2017/feature-visualization/), 2017.
# - A. Morcos et al., [On the importance of single directions for generalization](https://arxiv.org/abs/1803.06959),
#   2018. G. Alain, Y. Bengio, [Understanding intermediate layers using linear classifier
#   probes](https://arxiv.org/abs/1610.01644), 2016.
# - [tf-keras-vis](https://keisen.github.io/tf-keras-vis-docs/), de Yasuhiro Kubota : l'outil que nomme le sujet.

# %% tags=["live"]
lk.release_gpu()
