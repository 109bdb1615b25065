"""The themes of our own, beside those that Textual brings."""

from textual.theme import BUILTIN_THEMES, Theme

from sutaz_tui.text.sanitise import one_line

COLOUR_BLIND = "sutaz-colour-blind"


def themes() -> list[Theme]:
    """What to register with the app.

    The colour-blind theme is made of orange, yellow, blue and violet, which stay apart for people who cannot tell red
    from green (after Okabe and Ito 2008, "Color Universal Design").
    """
    return [
        Theme(
            name=COLOUR_BLIND,
            primary="#56b4e9",
            secondary="#0072b2",
            accent="#7a6cff",
            foreground="#e6e6e6",
            background="#101418",
            surface="#1a2026",
            panel="#232b33",
            success="#56b4e9",
            warning="#fff07a",
            error="#e0650a",
            variables={
                # Textual mixes these from the colours above and the foreground, which brings them closer together.
                "text-error": "#e0650a",
                "text-warning": "#fff07a",
                "text-success": "#56b4e9",
                "text-accent": "#7a6cff",
                "text-primary": "#56b4e9",
            },
        )
    ]


def theme_fault(wanted: str) -> str:
    """What is wrong with the name of a theme, "" when it is one."""
    known = sorted([*BUILTIN_THEMES, *(theme.name for theme in themes())])
    return (
        "" if wanted in known else f"there is no theme {one_line(wanted, 40)!r}; there are {', '.join(known)}"
    )
