"""What is said of a service that was seen only as strangers see it, because no login is configured."""

from sutaz_tui.config import Config, login_variable
from sutaz_tui.config.schema import ServiceConfig

RULE = "no login configured: judged by what it shows without a login"


def to_see_more(service: ServiceConfig, config: Config, what: str = "password") -> str:
    """What to do to see more, naming the variable that the config takes the login from where it names one.

    `what` this kind of service takes for a login: a password, a token, an API key.
    """
    return f"set {login_variable(service, config) or f'its {what} in the config'} to see more"
