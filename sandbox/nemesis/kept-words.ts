import { findTags, withoutQuotes } from './answer.ts';

/** Tags of what the bot still knows, quotes aside. */
export interface KeptWords {
  /** Of questions in the memory of conversations. */
  readonly asked: ReadonlySet<string>;
  /** Of answers in the memory of conversations. */
  readonly answered: ReadonlySet<string>;
  /** Of questions that are kept so that their answers can be made anew. */
  readonly repeatable: ReadonlySet<string>;
}

interface StoredConversation {
  readonly turns: readonly { readonly messages: readonly { role: string; content: unknown }[] }[];
}

interface StoredAnswer {
  readonly run: { readonly prompt: { readonly text: string } };
}

/** `conversations`, `answers`: entries as the store has them. Throws where they are of another shape. */
export function findKept(conversations: readonly string[], answers: readonly string[]): KeptWords {
  const messages = conversations
    .flatMap((entry) => (toValue(entry) as StoredConversation).turns)
    .flatMap((turn) => turn.messages);
  const tagsOf = (role: string): ReadonlySet<string> => {
    const texts = messages.filter((message) => message.role === role).map(({ content }) => toText(content));
    return new Set(texts.flatMap((text) => findTags(withoutQuotes(text))));
  };
  const prompts = answers.map((entry) => (toValue(entry) as StoredAnswer).run.prompt);
  return {
    asked: tagsOf('user'),
    answered: tagsOf('assistant'),
    repeatable: new Set(prompts.flatMap(({ text }) => findTags(text))),
  };
}

function toValue(entry: string): unknown {
  return (JSON.parse(entry) as { readonly value: unknown }).value;
}

function toText(content: unknown): string {
  return typeof content === 'string' ? content : JSON.stringify(content ?? '');
}
