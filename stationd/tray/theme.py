"""How the window looks: one font, sizes that follow it, colours, and a frame around what has the focus.

Everything is measured in the height of a line of text, so that a larger font, or a larger scale, enlarges the rest.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPalette
from PySide6.QtWidgets import QApplication, QWidget

from stationd.tray import palette
from stationd.tray.palette import TONES, Tone

FAMILIES: Final = ("Inter", "Noto Sans", "Open Sans", "Liberation Sans")
POINTS: Final = 11.0

HUGE: Final = 2.2
LARGE: Final = 1.5
BIGGER: Final = 1.18
"""Sizes of headings, as many times the text."""


class Look:
    """Sizes, in pixels, that follow the font.

    Attributes:
        em: the height of a line of text.
        gap: between things that belong together.
        margin: around a group of things.
        touch: the least height of what is pressed.
    """

    def __init__(self, font: QFont) -> None:
        self.font = font
        self.em = QFontMetricsF(font).height()
        self.gap = round(self.em * 0.5)
        self.margin = round(self.em * 1.1)
        self.touch = round(self.em * 2.1)

    def sized(self, times: float, *, bold: bool = False) -> QFont:
        """Return the font, larger by so many times."""
        font = QFont(self.font)
        font.setPointSizeF(self.font.pointSizeF() * times)
        font.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
        return font

    def px(self, ems: float) -> int:
        """Return a length, given in heights of a line, in pixels."""
        return round(self.em * ems)


def dress(application: QApplication) -> Look:
    """Give an application its font, its colours and its style sheet; returns its sizes."""
    font = QFont(list(FAMILIES))
    font.setPointSizeF(POINTS)
    look = Look(font)
    if application.styleSheet() != (wanted := sheet(look)):
        application.setStyle("Fusion")
        application.setFont(font)
        application.setPalette(_palette())
        application.setStyleSheet(wanted)
    return look


def set_tone(widget: QWidget, tone: Tone) -> None:
    """Give a widget the colours of a tone."""
    if widget.property("tone") != tone.value:
        widget.setProperty("tone", tone.value)
        style = widget.style()
        for each in (widget, *widget.findChildren(QWidget)):
            style.unpolish(each)
            style.polish(each)


def colour(name: str) -> QColor:
    """Return a colour of the palette for a painter."""
    return QColor(name)


def _palette() -> QPalette:
    colours = QPalette()
    role = QPalette.ColorRole
    for each, name in {
        role.Window: palette.PAPER,
        role.WindowText: palette.INK,
        role.Base: palette.SURFACE,
        role.AlternateBase: palette.PAPER,
        role.Text: palette.INK,
        role.Button: palette.SURFACE,
        role.ButtonText: palette.INK,
        role.ToolTipBase: palette.INK,
        role.ToolTipText: palette.SURFACE,
        role.Highlight: palette.ACCENT,
        role.HighlightedText: palette.ON_ACCENT,
        role.PlaceholderText: palette.SOFT,
        role.Link: palette.ACCENT,
    }.items():
        colours.setColor(each, QColor(name))
    for each in (role.WindowText, role.Text, role.ButtonText):
        colours.setColor(QPalette.ColorGroup.Disabled, each, QColor(palette.SOFT))
    return colours


def sheet(look: Look) -> str:
    """Return the style sheet."""
    small, pad, wide, round_ = look.px(0.2), look.px(0.4), look.px(0.8), look.px(0.35)
    tones = "".join(_tone_rules(tone) for tone in Tone)
    return f"""
    QWidget {{ color: {palette.INK}; }}
    QToolTip {{ color: {palette.SURFACE}; background: {palette.INK}; border: none; padding: {small}px; }}

    QPushButton, QToolButton {{
        min-height: {look.px(1.5)}px; padding: {small}px {wide}px; border-radius: {round_}px;
        border: 2px solid {palette.EDGE}; background: {palette.SURFACE};
    }}
    QPushButton:hover, QToolButton:hover {{ background: {palette.CHOSEN}; }}
    QPushButton:pressed, QToolButton:pressed {{ background: {palette.LINE}; }}
    QPushButton:focus, QToolButton:focus {{ border-color: {palette.ACCENT}; background: {palette.CHOSEN}; }}
    QPushButton:disabled, QToolButton:disabled {{
        color: {palette.SOFT}; border: 2px dashed {palette.EDGE}; background: {palette.PAPER};
    }}
    QPushButton:checked {{ border-color: {palette.ACCENT}; background: {palette.CHOSEN}; font-weight: 600; }}
    QPushButton[main="true"] {{
        color: {palette.ON_ACCENT}; background: {palette.ACCENT}; border-color: {palette.ACCENT}; font-weight: 600;
    }}
    QPushButton[main="true"]:hover, QPushButton[main="true"]:pressed {{ background: {palette.ACCENT_DOWN}; }}
    QPushButton[main="true"]:focus {{
        background: {palette.ACCENT_DOWN}; border-color: {palette.INK};
    }}
    QPushButton[main="true"]:disabled {{
        color: {palette.SOFT}; border: 2px dashed {palette.EDGE}; background: {palette.PAPER};
    }}
    QPushButton[quiet="true"] {{
        border-color: transparent; background: transparent; color: {palette.ACCENT}; text-align: left;
    }}
    QPushButton[quiet="true"]:hover {{ background: {palette.CHOSEN}; }}
    QPushButton[quiet="true"]:focus {{ border-color: {palette.ACCENT}; }}
    QPushButton[large="true"] {{ min-height: {look.px(2.6)}px; padding: {pad}px {look.px(1.2)}px; }}
    QToolButton::menu-indicator {{ image: none; }}

    QLineEdit, QPlainTextEdit, QSpinBox, QComboBox, QDateEdit {{
        min-height: {look.px(1.6)}px; padding: {small}px {pad}px; border-radius: {round_}px;
        border: 2px solid {palette.EDGE}; background: {palette.SURFACE};
        selection-background-color: {palette.ACCENT}; selection-color: {palette.ON_ACCENT};
    }}
    QLineEdit:focus, QPlainTextEdit:focus, QSpinBox:focus, QComboBox:focus, QDateEdit:focus {{
        border-color: {palette.ACCENT}; background: {palette.SURFACE};
    }}
    QLineEdit > QToolButton {{ min-height: 0; padding: 0; border: none; background: transparent; }}
    QLineEdit:disabled, QSpinBox:disabled, QComboBox:disabled {{ background: {palette.PAPER}; }}
    QComboBox QAbstractItemView {{ background: {palette.SURFACE}; selection-background-color: {palette.ACCENT}; }}
    QRadioButton, QCheckBox {{ padding: {small}px; border: 2px solid transparent; border-radius: {round_}px; }}
    QRadioButton:focus, QCheckBox:focus {{ border-color: {palette.ACCENT}; background: {palette.CHOSEN}; }}

    QMenu {{ background: {palette.SURFACE}; border: 1px solid {palette.EDGE}; padding: {small}px; }}
    QMenu::item {{ padding: {pad}px {look.px(1.4)}px {pad}px {look.px(1.6)}px; border-radius: {round_}px; }}
    QMenu::item:selected {{ background: {palette.ACCENT}; color: {palette.ON_ACCENT}; }}
    QMenu::item:disabled {{ color: {palette.SOFT}; }}
    QMenu::separator {{ height: 1px; background: {palette.LINE}; margin: {small}px {pad}px; }}

    QTableView {{
        background: {palette.SURFACE}; border: 2px solid {palette.LINE}; border-radius: {round_}px;
        selection-background-color: {palette.CHOSEN}; selection-color: {palette.INK}; gridline-color: {palette.LINE};
    }}
    QTableView:focus {{ border-color: {palette.ACCENT}; }}
    QListWidget {{ background: {palette.SURFACE}; border: 2px solid {palette.LINE}; border-radius: {round_}px; }}
    QListWidget:focus {{ border-color: {palette.ACCENT}; }}
    QListWidget::item {{ padding: {pad}px; color: {palette.INK}; }}
    QListWidget::item:selected {{ background: {palette.CHOSEN}; color: {palette.INK}; }}
    QHeaderView::section {{
        background: {palette.PAPER}; color: {palette.SOFT}; border: none; border-bottom: 1px solid {palette.LINE};
        padding: {pad}px; font-weight: 600;
    }}
    QScrollArea, QScrollArea > QWidget > QWidget[canvas="true"] {{ border: none; background: transparent; }}
    QScrollBar:vertical {{ width: {look.px(0.7)}px; background: transparent; }}
    QScrollBar::handle:vertical {{
        background: {palette.EDGE}; border-radius: {look.px(0.3)}px; min-height: {look.px(2)}px;
    }}
    QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
    QProgressBar {{
        border: 1px solid {palette.EDGE}; border-radius: {round_}px; background: {palette.SURFACE};
        text-align: center; min-height: {look.px(1.1)}px;
    }}
    QProgressBar::chunk {{ background: {palette.CHOSEN}; border-radius: {round_}px; }}

    QFrame[panel="true"] {{
        background: {palette.SURFACE}; border: 1px solid {palette.LINE}; border-radius: {look.px(0.5)}px;
    }}
    QLabel[soft="true"] {{ color: {palette.SOFT}; }}
    QFrame[side="true"] {{ background: {palette.SIDE}; border: none; }}
    QFrame[head="true"] {{ background: {palette.SURFACE}; border: none; border-bottom: 1px solid {palette.LINE}; }}
    {tones}
    """


def _tone_rules(tone: Tone) -> str:
    colours = TONES[tone]
    return f"""
    QFrame[tone="{tone}"] {{
        background: {colours.paper}; border: none; border-left: 6px solid {colours.sign}; border-radius: 4px;
    }}
    QFrame[tone="{tone}"] QLabel {{ color: {colours.ink}; background: transparent; border: none; }}
    """
