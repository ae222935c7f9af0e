"""A strict stand-in for the Telegram Bot API, over HTTP on loopback, and people who use it.

    async with FakeTelegram() as telegram:      # tests/telegram/server.py
        sian = telegram.person(name="Siân")     # tests/telegram/people.py
        await sian.sends("/start")
        await sian.taps("Agree")
        telegram.ledger.sent_to(sian.id)        # tests/telegram/ledger.py

Whoever asks whether a message was missed or repeated asks the ledger, never our database.
aiogram takes seconds to import, so modules here import it inside functions.
"""
