"""A call of a language model through the official client, which the SDK has patched."""

import os

import jamjet.cloud as jamjet  # type: ignore[import-not-found]
import openai  # type: ignore[import-not-found]

jamjet.configure(api_key=os.environ["JAMJET_API_KEY"], api_url=os.environ["JAMJET_API_URL"])
client = openai.OpenAI(base_url=os.environ["FAKE_OPENAI_URL"], api_key="sk-nobody")
answer = client.chat.completions.create(
    model="gpt-4o-mini", messages=[{"role": "user", "content": "What is six times seven?"}]
)
print(answer.choices[0].message.content)
