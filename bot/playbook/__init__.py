"""Load the texts in ``prompts/`` and check them. A bad file stops the start, with its line."""

from bot.playbook.load import load_playbook, prompts_folder

__all__ = ["load_playbook", "prompts_folder"]
