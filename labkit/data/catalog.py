"""What data sets exist: shapes, class names in both languages, origin. Names and numbers, no code that loads."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """One data set of the course, as `keras.datasets` releases it.

    Attributes:
        image_shape: of one image in the arrays: `(28, 28)` grey, `(32, 32, 3)` colour.
        sizes: images for training and for testing.
        per_class: fewest and most training images of a class.
        class_names: by language, in label order.
        megabytes: size of the official download.
        slow_minutes: minutes that the official server is known to take; 0 where it is fast.
        keras_files: what Keras 3.10 to 3.15 download into their cache and look for there; all are needed.
            (Keras reads the archives `_archive`: the folders that it unpacks beside them do not count.)
        fingerprint: `labkit.data.archive.fingerprint` of the canonical release; None where not known.
        superclass_names: by language, for CIFAR-100's twenty coarse labels.
        superclasses: the coarse label of each class.
    """

    name: str
    title: str
    image_shape: tuple[int, ...]
    sizes: tuple[int, int]
    per_class: tuple[int, int]
    class_names: dict[str, tuple[str, ...]]
    megabytes: int
    citation: str
    keras_files: tuple[str, ...]
    slow_minutes: int = 0
    fingerprint: str | None = None
    superclass_names: dict[str, tuple[str, ...]] | None = None
    superclasses: tuple[int, ...] | None = None

    @property
    def num_classes(self) -> int:
        return len(self.class_names["en"])


DIGITS = {
    "en": ("ZERO", "ONE", "TWO", "THREE", "FOUR", "FIVE", "SIX", "SEVEN", "EIGHT", "NINE"),
    "fr": ("ZÉRO", "UN", "DEUX", "TROIS", "QUATRE", "CINQ", "SIX", "SEPT", "HUIT", "NEUF"),
}
# French: the lists of the course sheets, their words kept (Pulls, Bottines, Biche).
GARMENTS = {
    "en": ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
    "fr": (
        "T-shirts", "Pantalons", "Pulls", "Robes", "Manteaux",
        "Sandales", "Chemises", "Baskets", "Sacs", "Bottines",
    ),
}  # fmt: skip
OBJECTS = {
    "en": ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"),
    "fr": (
        "Avion", "Voiture", "Oiseau", "Chat", "Biche",
        "Chien", "Grenouille", "Cheval", "Bateau", "Camion",
    ),
}  # fmt: skip

# CIFAR-100: superclass (English | French) -> its classes (English | French). Krizhevsky 2009, the table on
# the data set's page. The fine labels are the classes in alphabetical order of their English names.
_CIFAR100 = """
aquatic mammals | mammifères aquatiques: beaver | castor, dolphin | dauphin, otter | loutre, seal | phoque, whale | baleine
fish | poissons: aquarium_fish | poisson d'aquarium, flatfish | poisson plat, ray | raie, shark | requin, trout | truite
flowers | fleurs: orchid | orchidée, poppy | coquelicot, rose | rose, sunflower | tournesol, tulip | tulipe
food containers | récipients: bottle | bouteille, bowl | bol, can | canette, cup | tasse, plate | assiette
fruit and vegetables | fruits et légumes: apple | pomme, mushroom | champignon, orange | orange, pear | poire, sweet_pepper | poivron
household electrical devices | appareils électriques: clock | horloge, keyboard | clavier, lamp | lampe, telephone | téléphone, television | télévision
household furniture | meubles: bed | lit, chair | chaise, couch | canapé, table | table, wardrobe | armoire
insects | insectes: bee | abeille, beetle | scarabée, butterfly | papillon, caterpillar | chenille, cockroach | cafard
large carnivores | grands carnivores: bear | ours, leopard | léopard, lion | lion, tiger | tigre, wolf | loup
large man-made outdoor things | grandes constructions: bridge | pont, castle | château, house | maison, road | route, skyscraper | gratte-ciel
large natural outdoor scenes | grands paysages: cloud | nuage, forest | forêt, mountain | montagne, plain | plaine, sea | mer
large omnivores and herbivores | grands omnivores et herbivores: camel | chameau, cattle | bovin, chimpanzee | chimpanzé, elephant | éléphant, kangaroo | kangourou
medium-sized mammals | mammifères moyens: fox | renard, porcupine | porc-épic, possum | opossum, raccoon | raton laveur, skunk | moufette
non-insect invertebrates | invertébrés non insectes: crab | crabe, lobster | homard, snail | escargot, spider | araignée, worm | ver
people | personnes: baby | bébé, boy | garçon, girl | fille, man | homme, woman | femme
reptiles | reptiles: crocodile | crocodile, dinosaur | dinosaure, lizard | lézard, snake | serpent, turtle | tortue
small mammals | petits mammifères: hamster | hamster, mouse | souris, rabbit | lapin, shrew | musaraigne, squirrel | écureuil
trees | arbres: maple_tree | érable, oak_tree | chêne, palm_tree | palmier, pine_tree | pin, willow_tree | saule
vehicles 1 | véhicules 1: bicycle | vélo, bus | bus, motorcycle | moto, pickup_truck | pick-up, train | train
vehicles 2 | véhicules 2: lawn_mower | tondeuse, rocket | fusée, streetcar | tramway, tank | char, tractor | tracteur
"""  # fmt: skip


def _pair(text: str) -> tuple[str, str]:
    english, french = (part.strip() for part in text.split("|"))
    return english, french


def _cifar100_names() -> tuple[dict, dict, tuple[int, ...]]:
    """Class names, superclass names and the superclass of each class, from the table above."""
    supers, classes = [], []
    for coarse, line in enumerate(_CIFAR100.strip().splitlines()):
        head, members = line.split(":")
        supers.append(_pair(head))
        classes += [(*_pair(member), coarse) for member in members.split(",")]
    classes.sort()
    by_language = [{lang: tuple(p[i] for p in pairs) for i, lang in enumerate(("en", "fr"))}
                   for pairs in (classes, supers)]  # fmt: skip
    return by_language[0], by_language[1], tuple(coarse for *_, coarse in classes)


_FINE, _COARSE, _COARSE_OF = _cifar100_names()

_ENTRIES = (
    Entry(
        name="mnist",
        title="MNIST",
        image_shape=(28, 28),
        sizes=(60_000, 10_000),
        per_class=(5_421, 6_742),
        class_names=DIGITS,
        megabytes=11,
        citation="LeCun, Bottou, Bengio, Haffner: Gradient-based learning applied to document recognition, 1998",
        keras_files=("mnist.npz",),
        fingerprint="06b0d1f124c4e5fa796686ade41a9b778edacc8622f2195a352ef479ad44fc16",
    ),
    Entry(
        name="fashion_mnist",
        title="Fashion-MNIST",
        image_shape=(28, 28),
        sizes=(60_000, 10_000),
        per_class=(6_000, 6_000),
        class_names=GARMENTS,
        megabytes=30,
        citation="Xiao, Rasul, Vollgraf: Fashion-MNIST, arXiv:1708.07747, 2017",
        keras_files=(
            "fashion-mnist/train-labels-idx1-ubyte.gz",
            "fashion-mnist/train-images-idx3-ubyte.gz",
            "fashion-mnist/t10k-labels-idx1-ubyte.gz",
            "fashion-mnist/t10k-images-idx3-ubyte.gz",
        ),
        fingerprint="ca3ab2a37f845e1b8ae23cab1b51749a3011ba3bf1d9016176d75cbaabac376f",
    ),
    Entry(
        name="cifar10",
        title="CIFAR-10",
        image_shape=(32, 32, 3),
        sizes=(50_000, 10_000),
        per_class=(5_000, 5_000),
        class_names=OBJECTS,
        megabytes=170,
        citation="Krizhevsky: Learning multiple layers of features from tiny images, 2009",
        keras_files=("cifar-10-batches-py-target_archive",),
        slow_minutes=40,
    ),
    Entry(
        name="cifar100",
        title="CIFAR-100",
        image_shape=(32, 32, 3),
        sizes=(50_000, 10_000),
        per_class=(500, 500),
        class_names=_FINE,
        megabytes=169,
        citation="Krizhevsky: Learning multiple layers of features from tiny images, 2009",
        keras_files=("cifar-100-python-target_archive",),
        slow_minutes=40,
        superclass_names=_COARSE,
        superclasses=_COARSE_OF,
    ),
)

CATALOG: dict[str, Entry] = {entry.name: entry for entry in _ENTRIES}


def entry(name: str) -> Entry:
    """The catalog's entry for `name`.

    Raises:
        ValueError: there is no such data set; the message lists those that exist.

    Example:
        >>> entry("cifar10").image_shape
        (32, 32, 3)
    """
    if name not in CATALOG:
        raise ValueError(
            f"there is no data set {name!r}: labkit has {', '.join(CATALOG)}; for photos take load_photos or "
            "from_folder."
        )
    return CATALOG[name]


def class_names(name: str, language: str = "en") -> list[str]:
    """Class names of a data set in label order, `language` `"en"` or `"fr"`.

    Example:
        >>> class_names("cifar10", "fr")[:3]
        ['Avion', 'Voiture', 'Oiseau']
    """
    return list(entry(name).class_names[language])
