"""Processes that die: the whole program in processes of their own, killed and started again.

    async with House(url, folder, telegram) as house:       # tests/rig/house.py
        program = await house.start(Crash(point, passing=3))  # tests/rig/points.py lists the points
        ...                                                  # people and clients: tests/rig/load.py
        await program.died()
    assert broken(evidence) == {}                            # tests/rig/invariants.py

A killed process loses what it had not written; the page cache of the machine survives it. So none
of this proves anything about power cuts: `synchronous=FULL` is checked by another test.
"""
