/** Limits that Discord sets. Characters are counted as it counts them, in UTF-16 units. */

/** Of a message: https://docs.discord.com/developers/resources/message#create-message */
export const MAX_MESSAGE_CHARACTERS = 2_000;
/** Of one request for messages: https://docs.discord.com/developers/resources/message#get-channel-messages */
export const MAX_MESSAGES_READ = 100;
/** Of a thread's name: https://docs.discord.com/developers/resources/channel#channel-object */
export const MAX_THREAD_NAME_CHARACTERS = 100;
/** Of an autocomplete: https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-response-object */
export const MAX_CHOICES = 25;
/** Of a field in a form: https://docs.discord.com/developers/components/reference#text-input */
export const MAX_FIELD_CHARACTERS = 4_000;
