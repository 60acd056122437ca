from pathlib import Path

from port import train

OURS = Path(__file__).with_name("ours.toml")


def test_the_port_trains_to_the_weights_of_the_reference(fairfit):
    fairfit.assert_same_training(OURS, train, "pytorch/nn")


def test_the_accuracy_is_what_it_was(fairfit):
    assert fairfit.prove(OURS, frameworks="pytorch", styles="nn").cells["test_metric"].min() > 0.9
