/** What a server takes besides the plain request. Learnt from its refusals, then remembered. */
export interface ProviderProfile {
  /** `safety_identifier` and `prompt_cache_key`, which some servers refuse as unknown. */
  readonly takesVendorFields: boolean;
  /** `stream_options`; not known to some older servers. */
  takesStreamOptions(): boolean;
  /** Not every model sees. */
  takesImages(model: string): boolean;
  /** What a refusal was about, if the request is worth making again without it. Each is learnt once. */
  learnFromRefusal(refusal: Refusal): 'stream_options' | 'images' | undefined;
}

export interface Refusal {
  readonly status: unknown;
  readonly message: string;
  readonly model: string;
  readonly hasImages: boolean;
}

/**
 * How servers say that a model sees no images: OpenAI ("image_url is only supported by"), Ollama and llama.cpp
 * ("image input is not supported"), vLLM ("not a multimodal model"), OpenRouter ("support image input"), servers
 * that know text alone ("unknown variant `image_url`").
 */
const NO_IMAGES =
  /image_url|image input|images? (?:is|are) not supported|support images?|multi-?modal|mmproj/i;

/** `baseUrl`: the API's, as `https://api.openai.com/v1`. */
export function createProviderProfile(baseUrl: string): ProviderProfile {
  let hasStreamOptions = true;
  /** Their names are the operator's, so there are few. */
  const blindModels = new Set<string>();
  return {
    takesVendorFields: URL.parse(baseUrl)?.hostname === 'api.openai.com',
    takesStreamOptions: () => hasStreamOptions,
    takesImages: (model) => !blindModels.has(model),
    learnFromRefusal({ status, message, model, hasImages }) {
      if ((status === 400 || status === 422) && /stream_options|include_usage/i.test(message)) {
        if (!hasStreamOptions) return undefined;
        hasStreamOptions = false;
        return 'stream_options';
      }
      if (!hasImages || blindModels.has(model) || !NO_IMAGES.test(message)) return undefined;
      blindModels.add(model);
      return 'images';
    },
  };
}
