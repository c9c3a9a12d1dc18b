from tests.bot.slack.house import house

__all__ = ["house"]
