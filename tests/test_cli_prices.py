"""--config, --prices and unpriced, as a user meets them."""

from __future__ import annotations

import json

import polars as pl
import yaml

from tests.test_cli import SAMPLE, run

MODEL = "hosted_vllm/Qwen/Qwen3-32B"
OTHER = "openai/lakeside-extract-2"


def priced(tmp_path, *options):
    done = run("price", SAMPLE, "-o", tmp_path / "out.parquet", *options)
    assert done.returncode == 0, done.stderr
    return pl.read_parquet(tmp_path / "out.parquet")


def test_prices_of_ones_own(tmp_path):
    (tmp_path / "p.csv").write_text(f"model,input_cost_per_token\n{MODEL},1e-7\n", "utf-8")
    own = priced(tmp_path, "--prices", tmp_path / "p.csv")
    mine = own.filter(pl.col("cost_map_key") == "p.csv row 1")
    assert mine.height == 496
    assert set(mine["model"]) == {MODEL}
    plain = priced(tmp_path)
    others = pl.col("model") != MODEL
    assert own.filter(others).equals(plain.filter(others))


def test_a_config_and_prices_over_it(tmp_path):
    entry = {
        "model_name": "qwen3-32b",
        "litellm_params": {"model": MODEL, "api_key": "os.environ/SECRET"},
        "model_info": {"input_cost_per_token": 1e-07},
    }
    (tmp_path / "c.yaml").write_text(json.dumps({"model_list": [entry]}), "utf-8")
    rows = [{"model_group": "qwen3-32b", "input_cost_per_token": 2e-07, "valid_from": "2026-05-10"}]
    (tmp_path / "p.yaml").write_text(json.dumps(rows), "utf-8")
    options = ("--config", tmp_path / "c.yaml", "--prices", tmp_path / "p.yaml")
    own = priced(tmp_path, *options).filter(model=MODEL)
    by = dict(own.group_by("cost_map_key").agg(pl.col("ended_at").min()).rows())
    assert by.keys() == {"c.yaml model_list[0]", "p.yaml row 1"}
    assert by["p.yaml row 1"].strftime("%Y-%m-%d") == "2026-05-10"


def test_a_wrong_config_is_a_message(tmp_path):
    (tmp_path / "c.yaml").write_text("model_list: [{model_name: x}]", "utf-8")
    done = run("report", SAMPLE, "--config", tmp_path / "c.yaml")
    assert done.returncode == 1
    assert done.stderr == "llmspend: c.yaml, model_list[0]: has no litellm_params.\n"


def test_unpriced():
    done = run("unpriced", SAMPLE, "--strict")
    assert done.returncode == 3
    assert MODEL in done.stdout
    assert "~$" in done.stdout
    stub = yaml.safe_load(run("unpriced", SAMPLE, "--yaml").stdout)
    assert {entry["litellm_params"]["model"] for entry in stub["model_list"]} == {MODEL, OTHER}
    assert len(json.loads(run("unpriced", SAMPLE, "--json").stdout)) == 2


def test_strict_is_content_when_all_is_priced(tmp_path):
    text = f"model,input_cost_per_token\n{MODEL},1e-7\n{OTHER},1e-7\n"
    (tmp_path / "p.csv").write_text(text, "utf-8")
    done = run("unpriced", SAMPLE, "--strict", "--prices", tmp_path / "p.csv")
    assert (done.returncode, done.stdout) == (0, "Every model has a price.\n")
