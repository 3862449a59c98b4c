/** Stands outside this folder so that it shares the product's dependencies, and is checked like the product. */
export { createSwitchboardLine as create } from '../../switchboard-line.ts';
