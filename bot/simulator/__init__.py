"""The bot without Telegram: chats in memory that the real handlers talk in (`/chat`)."""
