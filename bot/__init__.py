"""Reframe: a Slack bot that coaches B2B sellers with one good question.

- ``core``        decisions and values: traps, policy, coach, guard. No I/O, no clock.
- ``flows``       what the bot does, one story per file, over the ports in ``flows.ports``.
- ``slack``       everything that knows Slack: HTTP, Socket Mode, listeners, views, gateway.
- ``store``       everything that knows SQL: one unit of work over all tables.
- ``detect``      finds a trap in a message: the offline detector, a judge, a writer.
- ``workers``     run the stories on stored work.
- ``playbook``    reads the words in ``prompts/``; ``settings`` reads the environment.
- ``sandbox``     a fake Slack on loopback, for the demo and the tests.
- ``evaluation``  measures a detector, ``training`` trains it; the running bot imports neither.
- ``wiring``      builds it all, with ``flow_wiring`` and ``detectors``; ``serve`` runs it.
- ``cli``         the command line.

Imports point one way: ``cli -> wiring -> adapters -> flows -> core``. Adapters don't import each
other. ``make test`` checks it.
"""

__version__ = "0.2.0"
