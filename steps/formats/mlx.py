"""MLX LM: LoRA and full fine-tuning on Apple silicon."""

from steps.formats.chat import Chat


class MLX(Chat):
    """The `chat` and `tools` forms of `mlx_lm.lora`: a folder with train.jsonl, valid.jsonl and test.jsonl.

    Arguments of calls are objects, as the chat templates of open models take them; content is empty beside calls. Every answer is trained, or with
    `--mask-prompt` the last message alone.

    Source: ml-explore/mlx-lm, `mlx_lm/LORA.md`, section Data, and `mlx_lm/tuner/datasets.py`.
    """

    name = "mlx"
    about = "`mlx_lm.lora` on Apple silicon; `--data` is the folder"
    lacks = "weights of messages"
    source = "github.com/ml-explore/mlx-lm, mlx_lm/LORA.md"
    splits = {"train": "train", "validation": "valid", "test": "test"}
    text = False
    empty = True
