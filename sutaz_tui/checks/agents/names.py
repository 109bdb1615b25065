"""The eight agents, and what this category's parts add their checks to."""

from sutaz_tui.checks.base import Category

CATEGORY = Category("agents")

AGENTS = {
    "letta": "Letta",
    "crewai": "CrewAI",
    "aider": "Aider",
    "langchain": "LangChain",
    "finrobot": "FinRobot",
    "shellgpt": "ShellGPT",
    "documind": "Documind",
    "gpt-engineer": "GPT-Engineer",
}
"""Service id -> the name that its body must carry."""
