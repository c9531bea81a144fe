"""The RBM's page as a user meets it, without a browser."""

import json

import pytest
import torch

from explorer.engine.job import train_job
from explorer.models.rbm import RBMConfig
from explorer.presets.rbm import PRESETS
from explorer.runs.ids import run_id
from tests.pages import press, problems, texts
from tests.ui.rbms import SMALL, TOY

VIEWS = ("Weights", "Reconstructions", "Activation", "Build-up", "Generate", "Training")


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_draws_a_trained_run(page, view):
    test = page("pages/rbm.py", **SMALL, view=view)
    assert not test.exception
    assert not test.error
    assert "Trained, **3 epochs**" in texts(test)


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_draws_a_pinned_run_beside_another(page, view):
    pin = f"{run_id(RBMConfig(**SMALL))}@2"
    test = page("pages/rbm.py", **SMALL | {"cd_k": 2}, view=view, pin=pin)
    assert not test.exception
    assert not test.error
    assert any(button.label == "Unpin" for button in test.button)


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_draws_a_model_of_four_by_four_pixels(page, view):
    test = page("pages/rbm.py", **{n: str(v).lower() for n, v in TOY.items()}, view=view)
    assert not test.exception
    assert not test.error


def test_the_address_holds_the_page_and_reproduces_it(page):
    first = page("pages/rbm.py", **SMALL, view="Activation")
    first.select_slider(key="rbm.cd_k").set_value(2).run()
    address = dict(first.query_params)
    assert address == {"dataset": "mnist-5k", "epochs": "3", "hidden_units": "9", "cd_k": "2", "view": "Activation"}
    second = page("pages/rbm.py", **address)
    assert second.select_slider(key="rbm.cd_k").value == 2
    assert second.select_slider(key="rbm.hidden_units").value == 9


def test_invalid_parameters_are_named_and_the_page_stands(page):
    test = page("pages/rbm.py", **SMALL | {"cd_k": 51, "hidden_units": "many"}, colour="red", epoch="x", view="Dreams")
    warnings = "\n".join(element.value for element in test.warning)
    assert "cd_k = '51' is not valid: a whole number from 1 to 50" in warnings
    assert "hidden_units = 'many'" in warnings
    assert "colour" in warnings
    assert "epoch = 'x'" in warnings
    assert "no view 'Dreams'" in warnings
    assert not test.exception
    assert test.select_slider(key="rbm.cd_k").value == 1


@pytest.mark.parametrize("pin", ["../../etc/passwd", "rbm-000000000000", "rbm-zzz@x", "%00"])
def test_a_pin_that_leads_nowhere_is_reported_and_dropped(page, pin):
    test = page("pages/rbm.py", **SMALL, pin=pin)
    assert any("pinned run cannot be shown" in element.value for element in test.warning)
    assert "pin" not in test.query_params
    assert not test.exception


def test_an_untrained_value_shows_the_nearest_run_and_says_so(page):
    test = page("pages/rbm.py", **SMALL | {"cd_k": 7})
    assert any("CD-k **2** instead of 7" in element.value for element in test.info)
    assert any(button.label == "Train 3 epochs" for button in test.button)


@pytest.mark.parametrize("said_above", [{"cd_k": 7}, {"cd_k": 51}, {"preset": PRESETS[0].name}])
def test_what_is_below_the_notes_keeps_its_place_in_streamlits_tree(page, said_above):
    """Else a browser draws all of it twice for a moment: in its old place, and in the new one."""

    def place_of_tabs(test):
        [place] = [place for place, block in test.main.children.items() if block.type == "tab_container"]
        return place

    assert place_of_tabs(page("pages/rbm.py", **SMALL | said_above)) == place_of_tabs(page("pages/rbm.py", **SMALL))


def test_training_from_the_page_shows_the_new_run(page, inline, library):
    test = page("pages/rbm.py", **SMALL | {"cd_k": 5})
    next(button for button in test.button if button.label == "Train 3 epochs").click().run()
    assert RBMConfig(**SMALL | {"cd_k": 5}) in library
    assert "Trained, **3 epochs**" in texts(test)
    assert not test.info


def test_more_epochs_continue_a_shipped_run_in_the_users_store(page, inline, library):
    test = page("pages/rbm.py", **SMALL | {"epochs": 5})
    next(button for button in test.button if button.label == "Train on to epoch 5").click().run()
    config = RBMConfig(**SMALL)
    assert library.own.run(run_id(config)).epochs == 5
    assert library.shipped.run(run_id(config)).epochs == 3


def test_a_shipped_run_stays_while_the_users_own_has_not_begun(page, library):
    config = RBMConfig(**SMALL)
    own = library.own.request(config)
    test = page("pages/rbm.py", **SMALL)
    assert "Trained, **3 epochs**" in texts(test)
    assert not test.info
    assert [bar.proto.text for bar in test.get("progress")] == ["Waiting for a worker: next in the queue"]
    library.own.request_stop(own.id)
    test = page("pages/rbm.py", **SMALL)
    assert "Trained, **3 epochs**" in texts(test)
    assert not test.info
    assert not any(button.label.startswith(("Train ", "Stop")) for button in test.button)
    test = page("pages/rbm.py", **SMALL | {"cd_k": 2}, pin=f"{own.id}@1")
    assert problems(test) == []
    assert any(button.label == "Unpin" for button in test.button)
    test = page("pages/rbm.py", **SMALL | {"seed": 8})
    assert any("Shown is the nearest trained run: Seed **0** instead of 8." in element.value for element in test.info)


def test_a_shipped_run_stays_while_the_users_own_is_trained_to_more_epochs(page, library):
    own = library.own.request(RBMConfig(**SMALL | {"epochs": 9}))  # as where the shipped one has no state
    test = page("pages/rbm.py", **SMALL | {"epochs": 9})
    assert "Trained, **3 epochs**" in texts(test)
    assert not test.info
    library.own.request_stop(own.id)
    test = page("pages/rbm.py", **SMALL | {"epochs": 9})
    assert "Trained, **3 epochs**" in texts(test)
    assert any(button.label == "Train 9 epochs" for button in test.button)


def test_the_epoch_slider_chooses_the_snapshot(page):
    test = page("pages/rbm.py", **SMALL, view="Training")
    slider = test.select_slider(key="rbm epoch")
    assert slider.value == 3
    slider.set_value(1).run()
    assert test.query_params["epoch"] == "1"
    assert not test.exception


def test_a_preset_opens_its_pair_pinned(page):
    test = page("pages/rbm.py", preset="More Gibbs steps: CD-1 and CD-10 (5)")
    assert test.select_slider(key="rbm.cd_k").value == 10
    assert test.select_slider(key="rbm.epochs").value == 30
    assert not test.exception


def test_a_link_opens_a_preset_at_another_view_and_epoch(page):
    test = page("pages/rbm.py", preset="More Gibbs steps: CD-1 and CD-10 (5)", view="Weights", epoch="10")
    assert test.select_slider(key="rbm.cd_k").value == 10
    assert (test.query_params["view"], test.query_params["epoch"]) == ("Weights", "10")
    assert not test.exception


def test_a_preset_whose_partner_is_not_trained_offers_to_train_it(page, inline, library, monkeypatch):
    from explorer.presets.preset import Preset

    pinned = SMALL | {"cd_k": 4}
    preset = Preset("A pair", "Two values of k.", settings=SMALL, pinned=pinned, view="Weights")
    monkeypatch.setattr("explorer.presets.rbm.PRESETS", (preset,))
    test = page("pages/rbm.py", preset="A pair")
    assert any("run to compare with is not trained" in element.value for element in test.info)
    assert test.session_state["page state of rbm"].pin == f"{run_id(RBMConfig(**pinned))}@3"
    next(button for button in test.button if button.label == "Train 3 epochs").click().run()
    assert RBMConfig(**pinned) in library
    assert not test.info
    assert any(button.label == "Unpin" for button in test.button)
    assert not test.exception


def test_the_preset_of_two_trained_runs_pins_one_of_them(page, monkeypatch):
    from explorer.presets.preset import Preset

    preset = Preset("A pair", "Two values of k.", settings=SMALL | {"cd_k": 2}, pinned=SMALL, view="Activation")
    monkeypatch.setattr("explorer.presets.rbm.PRESETS", (preset,))
    test = page("pages/rbm.py", preset="A pair")
    assert test.session_state["page state of rbm"].pin == f"{run_id(RBMConfig(**SMALL))}@3"
    assert "CD-k 1: " in texts(test)
    assert "CD-k 2: " in texts(test)
    assert problems(test) == []


def test_a_broken_snapshot_is_named_and_the_page_stands(page, inline, library):
    run = inline.submit(RBMConfig(**SMALL | {"seed": 5}))
    run.paths.snapshot(3).write_bytes(b"half a snapsh")
    test = page("pages/rbm.py", **SMALL | {"seed": 5})
    assert any("epoch-00003.safetensors" in element.value for element in test.warning)
    assert not test.exception
    assert not test.error
    assert test.select_slider(key="rbm epoch").value == 2  # the last that can be read


def test_a_view_that_fails_leaves_the_rest_of_the_page_as_it_is(page, inline, monkeypatch, caplog):
    inline.submit(RBMConfig(**SMALL | {"seed": 5}))

    def fail(*_):
        raise ZeroDivisionError("of ours")

    monkeypatch.setattr("explorer.ui.model_page.show_findings", fail)
    test = page("pages/rbm.py", **SMALL | {"seed": 5})
    assert [each.message for each in test.exception] == ["of ours"]
    assert "ZeroDivisionError" in caplog.text
    test.select_slider(key="rbm epoch").set_value(1).run()
    assert test.query_params["epoch"] == "1"
    assert len(test.exception) == 1


def test_a_broken_config_is_written_anew_from_the_settings_shown(page, inline, library):
    run = inline.submit(RBMConfig(**SMALL | {"seed": 6}))
    whole = run.paths.config.read_text()
    run.paths.config.write_text("{")
    test = page("pages/rbm.py", **SMALL | {"seed": 6})
    assert problems(test) == []
    assert json.loads(run.paths.config.read_text()) == json.loads(whole)


@pytest.mark.parametrize(("name", "content"), [("status", "{"), ("config", '{"kind": "rbm", "config": {"cd_k": 99}}')])
def test_a_broken_run_does_not_spoil_other_settings(page, inline, name, content):
    run = inline.submit(RBMConfig(**SMALL | {"seed": 7}))
    getattr(run.paths, name).write_text(content)
    test = page("pages/rbm.py", **SMALL | {"seed": 8})
    assert any("Not trained yet. Shown is the nearest" in element.value for element in test.info)
    assert any(button.label == "Train 3 epochs" for button in test.button)
    assert not test.error
    assert not test.exception


def test_a_broken_pin_is_reported_and_dropped(page, inline):
    run = inline.submit(RBMConfig(**SMALL | {"seed": 7}))
    run.paths.config.write_text('{"kind": "rbm", "config": {"cd_k": 99}}')
    test = page("pages/rbm.py", **SMALL, pin=run.id)
    assert any("pinned run cannot be shown" in element.value for element in test.warning)
    assert not test.error
    assert not test.exception


@pytest.mark.parametrize("view", VIEWS)
def test_a_pin_of_other_images_is_reported_and_dropped(page, view):
    test = page("pages/rbm.py", **SMALL, view=view, pin=run_id(RBMConfig(**TOY)))
    assert any("of images of 4×4 pixels, not 28×28" in element.value for element in test.warning)
    assert not test.exception


def test_a_run_beside_itself_stays_at_its_epoch(page):
    own = run_id(RBMConfig(**SMALL))
    test = page("pages/rbm.py", **SMALL, view="Activation", pin=f"{own}@1", epoch=3)
    assert "Pinned, epoch 1: " in texts(test)
    assert "Current, epoch 3: " in texts(test)
    test.select_slider(key="rbm epoch").set_value(2).run()
    assert "Pinned, epoch 1: " in texts(test)
    assert "Current, epoch 2: " in texts(test)


def test_two_runs_move_through_the_epochs_together(page):
    pin = f"{run_id(RBMConfig(**SMALL))}@3"
    test = page("pages/rbm.py", **SMALL | {"cd_k": 2}, view="Reconstructions", pin=pin, epoch=1)
    assert texts(test).count("at epoch 1:") == 2


def test_a_link_holds_every_digit_of_a_number(page):
    test = page("pages/rbm.py", **SMALL, learning_rate=0.12345678)
    assert test.query_params["learning_rate"] == "0.12345678"


@pytest.mark.parametrize("name", ["epoch", "pin"])
def test_endless_numbers_are_refused(page, name):
    number = "9" * 5000
    test = page(
        "pages/rbm.py", **SMALL, **{name: number if name == "epoch" else f"{run_id(RBMConfig(**SMALL))}@{number}"}
    )
    assert any(number[:20] in element.value for element in test.warning)
    assert not test.exception


@pytest.mark.parametrize("path", ["Home.py", "pages/rbm.py", "pages/runs.py", "pages/one-digit.py"])
def test_a_setting_that_is_not_valid_is_named_on_every_page(page, path, monkeypatch):
    from explorer.settings import settings

    monkeypatch.setenv("EXPLORER_WORKERS", "many")
    settings.cache_clear()
    test = page(path)
    assert any("EXPLORER_WORKERS = 'many' is not valid" in element.value for element in test.error)
    assert not test.exception


@pytest.mark.parametrize(
    ("setting", "most", "said"),
    [
        ("epochs", 2, "3 epochs: at most 2 (`EXPLORER_EPOCHS`). Choose fewer."),
        ("parameters", 50, " parameters: at most 50 (`EXPLORER_PARAMETERS`). Choose fewer units or layers."),
    ],
)
def test_what_is_beyond_a_limit_is_said_instead_of_offered(page, setting, most, said, monkeypatch):
    from explorer.settings import settings

    monkeypatch.setenv(f"EXPLORER_{setting.upper()}", str(most))
    settings.cache_clear()
    test = page("pages/rbm.py", **SMALL | {"seed": 77})
    assert any(element.value.replace("\\", "").endswith(said.replace("`", "")) for element in test.warning)
    assert not [each.label for each in test.button if each.label.startswith("Train")]
    assert not test.exception


def test_a_request_beyond_a_limit_is_answered_on_the_page(page, inline, library, monkeypatch):
    from explorer.settings import settings

    test = page("pages/rbm.py", **SMALL | {"seed": 77})
    held = library.own.request(RBMConfig(**SMALL | {"seed": 78}))
    library.own.request_stop(held.id)
    (held.paths.folder / "large").write_bytes(bytes(2_000_000))
    monkeypatch.setenv("EXPLORER_STORE_MB", "1")
    settings.cache_clear()
    press(test, "Train 3 epochs")
    said = [element.value.replace("\\", "") for element in test.error]
    assert said == ["2 MB of runs: at most 1 MB (EXPLORER_STORE_MB). Delete some, or allow more."]
    assert not test.exception


def test_a_failed_run_says_why_and_can_be_tried_again(page, inline, library):
    from explorer.errors import TrainingFailed

    values = SMALL | {"learning_rate": 10.0, "weight_decay": 1.0, "epochs": 100}
    with pytest.raises(TrainingFailed):
        inline.submit(RBMConfig(**values))
    test = page("pages/rbm.py", **values)
    assert any("learning rate 10" in element.value for element in test.error)
    assert not test.exception


def test_without_full_mnist_the_page_starts_on_the_built_in_digits(page, monkeypatch, tmp_path):
    monkeypatch.setattr("explorer.data.idx_files.IdxSet.find", lambda *_: None)
    test = page("pages/rbm.py")
    assert test.selectbox(key="rbm.dataset").value == "mnist-5k"
    assert any("not on this machine" in element.value for element in test.caption)
    next(button for button in test.button if button.label == "Get the full MNIST").click().run()
    assert any("is not on this machine" in element.value for element in test.warning)
    assert any(button.label == "Download (12 MB)" for button in test.button)
    assert not test.exception


def test_a_store_that_cannot_be_written_gives_a_message(page, inline, monkeypatch, library):
    from explorer.errors import StoreNotWritable

    def refuse(config, *, automatic, session, gpu):
        raise StoreNotWritable("the disk is full")

    monkeypatch.setattr(inline, "submit", refuse)
    test = page("pages/rbm.py", **SMALL | {"cd_k": 3})
    next(button for button in test.button if button.label == "Train 3 epochs").click().run()
    assert any("the disk is full" in element.value for element in test.error)
    assert not test.exception


def test_where_a_gpu_is_too_small_the_page_offers_a_smaller_batch(page, library, monkeypatch):
    def full(*_):
        raise torch.OutOfMemoryError("tried to allocate 20 GiB")

    config = RBMConfig(**SMALL | {"hidden_units": 16})
    run = library.request(config)
    monkeypatch.setattr(RBMConfig, "new_learner", full)
    train_job(str(library.own.folder), run.id)
    test = page("pages/rbm.py", **SMALL | {"hidden_units": 16})
    assert "out of memory at batch size 100. Try 50" in texts(test)
    next(button for button in test.button if button.label == "Set the batch size to 50").click().run()
    assert not test.exception
    assert dict(test.query_params)["batch_size"] == "50"
    assert test.select_slider(key="rbm.batch_size").value == 50
    assert "out of memory" not in texts(test)


def test_a_pair_says_so_where_the_longer_run_lacks_the_last_epochs(page, inline):
    longer, shorter = (SMALL | {"cd_k": 3, "epochs": epochs, "seed": epochs} for epochs in (5, 3))
    run, _ = (inline.submit(RBMConfig(**values)) for values in (longer, shorter))
    for epoch in (2, 3, 4):
        run.paths.snapshot(epoch).unlink(missing_ok=True)
    test = page("pages/rbm.py", **shorter, view="Training", pin=run.id)
    assert "Up to epoch 3; the longer run keeps no snapshot between 1 and 5" in texts(test)
