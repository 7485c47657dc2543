/** An object of which nothing more is known. */
export type JsonObject = { readonly [key: string]: unknown }

/** Whether a value is a JSON object. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
