"""The themes of our own, beside those that Textual brings."""

from textual.theme import Theme

COLOUR_BLIND = "sutaz-colour-blind"


def themes() -> list[Theme]:
    """What to register with the app.

    The colours of the colour-blind theme are those of Okabe and Ito (2008, "Color Universal Design"): orange, yellow
    and blue stay apart for people who cannot tell red from green.
    """
    return [
        Theme(
            name=COLOUR_BLIND,
            primary="#56b4e9",
            secondary="#0072b2",
            accent="#b9a5ff",
            foreground="#e6e6e6",
            background="#101418",
            surface="#1a2026",
            panel="#232b33",
            success="#56b4e9",
            warning="#f0e442",
            error="#e0650a",
            variables={
                # Textual mixes these from the colours above and the foreground, which brings them closer together.
                "text-error": "#ff8020",
                "text-warning": "#f0e442",
                "text-success": "#56b4e9",
                "text-accent": "#b9a5ff",
                "text-primary": "#56b4e9",
            },
        )
    ]
