"""Any TCP port: it accepts, and says what is expected where something is."""

from sutaz_tui.config.kinds import Tcp
from sutaz_tui.errors import BadAnswer
from sutaz_tui.probes.base import Finding, Probe
from sutaz_tui.probes.directory import Directory
from sutaz_tui.sources.clients import Clients
from sutaz_tui.sources.tcp import TcpPort, spoken


class TcpProbe(Probe):
    """Connects; with `send` or `expect` the first bytes that come back are compared."""

    def __init__(self, service: Tcp, clients: Clients) -> None:
        super().__init__(service)
        self._send = service.send.encode()
        self._expect = service.expect.encode()
        self._port = TcpPort(service.address, service.title, clients.secrets, clients.shell)

    async def look(self) -> Finding:
        heard = await self._port.exchange(self._send, self._expect, self.timeout)
        if not heard.data.startswith(self._expect):
            expected = spoken(self._expect)
            if not heard.data:
                raise BadAnswer(
                    self.service.title, f"closed the connection without an answer, expected {expected}"
                )
            raise BadAnswer(self.service.title, f"answers as {spoken(heard.data)}, expected {expected}")
        said = f"answers as expected: {spoken(heard.data)}" if self._expect else "accepts connections"
        return Finding(
            said,
            latency=heard.timing.total,
            rule="accepts" + (" and says what is expected" if self._expect else ""),
        )


def build(service: Tcp, clients: Clients, directory: Directory) -> Probe:
    """The probe of a `tcp` entry."""
    return TcpProbe(service, clients)
