"""Reframe: a Slack bot that coaches B2B sellers with one good question.

The map of the house:

- ``core``      the coaching itself: traps, policy, coach, guard. Standard library only, no clock.
- ``flows``     what the bot does, one story a file, over ports: ``ports`` (messages and nudges),
  ``ask_ports`` (what is asked for), ``week_ports`` (what comes weekly).
- ``detect``    finds a trap in a message: offline, the judge; the writer; training.
- ``slack``     everything that knows Slack: the door, parsing, blocks, the gateway.
- ``store``     everything that knows SQL: inbox, outbox, asks, people, weeks, teams.
- ``work``      takes stored work and runs the flows.
- ``sandbox``   a pretend Slack on loopback, for the demo, for trying things and for the tests.
- ``playbook``  reads the words in ``prompts/`` with ``wordfile`` and ``voice``; ``settings`` reads
  the environment.
- ``wiring``    the only place that knows every concrete class, with ``minds`` for detector and
  models; ``serve`` runs what it built; ``__main__`` is the command line.

Imports point one way: ``__main__ -> wiring -> adapters -> flows -> core``. Adapters don't import
each other. ``make test`` holds this.
"""

__version__ = "0.1.0"
