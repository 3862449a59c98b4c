// The components that the page draws with; each import defines its element.
import { css } from 'lit';
import '@skyra/discord-components-core/discord-action-row.js';
import '@skyra/discord-components-core/discord-attachments.js';
import '@skyra/discord-components-core/discord-button.js';
import '@skyra/discord-components-core/discord-code.js';
import '@skyra/discord-components-core/discord-command.js';
import '@skyra/discord-components-core/discord-embed.js';
import '@skyra/discord-components-core/discord-embed-description.js';
import '@skyra/discord-components-core/discord-embed-field.js';
import '@skyra/discord-components-core/discord-embed-fields.js';
import '@skyra/discord-components-core/discord-embed-footer.js';
import '@skyra/discord-components-core/discord-file-attachment.js';
import '@skyra/discord-components-core/discord-header.js';
import '@skyra/discord-components-core/discord-link.js';
import '@skyra/discord-components-core/discord-list-item.js';
import '@skyra/discord-components-core/discord-mention.js';
import '@skyra/discord-components-core/discord-message.js';
import '@skyra/discord-components-core/discord-ordered-list.js';
import '@skyra/discord-components-core/discord-quote.js';
import '@skyra/discord-components-core/discord-reaction.js';
import '@skyra/discord-components-core/discord-reactions.js';
import '@skyra/discord-components-core/discord-reply.js';
import '@skyra/discord-components-core/discord-spoiler.js';
import '@skyra/discord-components-core/discord-subscript.js';
import '@skyra/discord-components-core/discord-system-message.js';
import '@skyra/discord-components-core/discord-time.js';
import '@skyra/discord-components-core/discord-unordered-list.js';

// The buttons of the package are larger than Discord's: their padding is added to their height.
/** @type {any} */ (customElements.get('discord-button')).elementStyles.push(css`
  :host > *:first-child {
    box-sizing: border-box;
    border-radius: 8px;
  }
`);
