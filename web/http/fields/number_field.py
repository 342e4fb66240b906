"""A form's field for a whole number, of whatever length it is typed."""

from wtforms import IntegerField

LONGEST = 10  # digits; no limit of ours is higher
TOO_MUCH = "9" * LONGEST


class WholeNumberField(IntegerField):
    """One of hundreds of digits is over every limit, too; the validators can't compare it with one."""

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata(
            [typed if len(typed.strip()) <= LONGEST else TOO_MUCH for typed in valuelist]
        )
