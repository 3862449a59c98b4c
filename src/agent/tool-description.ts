import { z } from 'zod';
import type { ToolDescription } from '../model/ports.ts';
import type { Tool } from '../tools/tool.ts';

const descriptions = new WeakMap<Tool, ToolDescription>();

/** The tool as the model is told of it. Made once per tool. */
export function toToolDescription(tool: Tool): ToolDescription {
  let description = descriptions.get(tool);
  if (description === undefined) {
    // `input`: what the model writes, in which a field with a default may be missing.
    const parameters: Record<string, unknown> = { ...z.toJSONSchema(tool.parameters, { io: 'input' }) };
    delete parameters['$schema'];
    description = { name: tool.name, description: tool.description, parameters };
    descriptions.set(tool, description);
  }
  return description;
}
