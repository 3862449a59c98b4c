import type { AttachmentLimits } from './limits.ts';
import type { AttachmentContent, PreparedAttachment } from './ports.ts';

type TotalLimits = Pick<AttachmentLimits, 'maxTotalCharacters' | 'maxImages' | 'maxTotalImageCharacters'>;

/** Holds what the files of a question bring together: the first ones whole, of the last what still fits. */
export function capTotals(
  files: readonly PreparedAttachment[],
  { maxTotalCharacters, maxImages, maxTotalImageCharacters }: TotalLimits,
): PreparedAttachment[] {
  let characters = maxTotalCharacters;
  let images = maxImages;
  let imageCharacters = maxTotalImageCharacters;
  const cap = (content: AttachmentContent): AttachmentContent => {
    switch (content.kind) {
      case 'unreadable':
        return content;
      case 'image':
        images -= 1;
        imageCharacters -= content.url.length;
        if (images >= 0 && imageCharacters >= 0) return content;
        if (images >= 0) return { kind: 'unreadable', reason: 'is too much beside the other images' };
        return { kind: 'unreadable', reason: `is one image too many: I look at ${maxImages} for a question` };
      case 'text': {
        const room = characters;
        characters = Math.max(0, room - content.text.length);
        if (content.text.length <= room) return content;
        if (room === 0) return { kind: 'unreadable', reason: 'is too much text beside the other files' };
        const text = content.text.slice(0, room).toWellFormed();
        return { ...content, text, description: `${content.description}, cut to fit beside the others` };
      }
    }
  };
  return files.map((file) => ({ ...file, content: cap(file.content) }));
}
