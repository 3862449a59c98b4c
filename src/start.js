/**
 * The way in for operators: src/main.ts with Node's compile cache on, which makes every start but the first take half
 * the time and 30 MB less. In JavaScript, because for a single file in TypeScript Node would load all that it needs
 * to take types away, and keep it.
 */
import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';

// Beside what it is made of, so that nobody else can write to it. Where it cannot be kept, each start compiles anew.
const directory = fileURLToPath(new URL('../node_modules/.cache/switchboard', import.meta.url));
enableCompileCache(directory);
// Threads look for it in the environment.
process.env.NODE_COMPILE_CACHE ??= directory;
// V8 takes 23 MB and 100 ms to optimise undici's HTTP parser (WebAssembly), which the few answers of a start make it do.
// With 77 times its own threshold only a bot that has work gets there.
setFlagsFromString('--wasm-tiering-budget=1000000000');
await import('./main.ts');
