"""The console's two themes: a switchboard at night, and on paper.

The brass of jacks and plugs is the one accent; green, amber and red are kept for what they mean.
"""

from textual.theme import Theme

DARK = Theme(
    name="cordboard-dark",
    primary="#e3b25c",
    secondary="#79b8d8",
    accent="#e3b25c",
    success="#8cc47c",
    warning="#f0a648",
    error="#f4736e",
    foreground="#e9e4d8",
    background="#0f1318",
    surface="#151a21",
    panel="#212934",
    dark=True,
    variables={
        "muted": "#8b93a1",
        "line": "#3a4452",
        "cursor": "#2b3747",
        "gauge": "#4d5a6b",
        "footer-key-foreground": "#e3b25c",
        "footer-background": "#0f1318",
        "footer-description-foreground": "#aab1bc",
    },
)

LIGHT = Theme(
    name="cordboard-light",
    primary="#8a5300",
    secondary="#175f82",
    accent="#8a5300",
    success="#2a6b2f",
    warning="#9a5600",
    error="#b3231b",
    foreground="#25221c",
    background="#efeae0",
    surface="#fbf9f4",
    panel="#e2dbcd",
    dark=False,
    variables={
        "muted": "#6b665b",
        "line": "#c6bdab",
        "cursor": "#eadfc6",
        "gauge": "#b5ab98",
        "footer-key-foreground": "#8a5300",
        "footer-background": "#efeae0",
        "footer-description-foreground": "#5a554b",
    },
)

THEMES = (DARK, LIGHT)
