import { decodeImage } from './decode-image.ts';
import { serveDecoder } from './serve-decoder.ts';

serveDecoder(decodeImage);
