import { z } from 'zod';
import { refuse } from '../validation.ts';

/** https://discord.com/developers/docs/resources/message#embed-object-embed-limits */
const maxEmbedCharacters = 6_000;

const image = z.object({ url: z.string().max(2048) });

const embed = z
  .object({
    title: z.string().max(256).nullish(),
    description: z.string().max(4096).nullish(),
    url: z.string().max(2048).nullish(),
    timestamp: z.string().nullish(),
    color: z.int().min(0).max(0xffffff).nullish(),
    footer: z.object({ text: z.string().max(2048), icon_url: z.string().nullish() }).nullish(),
    image: image.nullish(),
    thumbnail: image.nullish(),
    author: z
      .object({ name: z.string().max(256), url: z.string().nullish(), icon_url: z.string().nullish() })
      .nullish(),
    fields: z
      .array(
        z.object({
          name: z.string().min(1).max(256),
          value: z.string().min(1).max(1024),
          inline: z.boolean().nullish(),
        }),
      )
      .max(25)
      .nullish(),
  })
  .superRefine((value, context) => {
    if (toEmbedText(value).length > 0 || value.image || value.thumbnail) return;
    refuse(context, ['description'], 'BASE_TYPE_REQUIRED', 'This field is required');
  });

type EmbedBody = z.output<typeof embed>;

export const embeds = z
  .array(embed)
  .max(10)
  .superRefine((all, context) => {
    const characters = all.reduce((sum, one) => sum + toEmbedText(one).length, 0);
    if (characters <= maxEmbedCharacters) return;
    const message = `Embed size exceeds maximum size of ${maxEmbedCharacters}`;
    refuse(context, [], 'MAX_EMBED_SIZE_EXCEEDED', message);
  });

/** All that counts towards the limit over the embeds of a message. */
function toEmbedText(
  value: Pick<EmbedBody, 'title' | 'description' | 'footer' | 'author' | 'fields'>,
): string {
  const fields = (value.fields ?? []).flatMap((field) => [field.name, field.value]);
  return [value.title, value.description, value.footer?.text, value.author?.name, ...fields]
    .filter((text) => text !== null && text !== undefined)
    .join('');
}
