import { withProvider } from '../catalogue.ts'
import { authorPath, type Path } from '../findings/fault.ts'
import { formatValue, yamlWord } from '../printing/format-value.ts'
import { LIMIT_BYTES_MAX, LIMIT_BYTES_MIN } from '../tool-limits.ts'
import type { Suggestion } from './suggestion.ts'

/** Suggests the right form of a text that has a pattern: the name of a variable, a tool or a model. */
export function suggestFormat(data: string, path: Path): Suggestion | null {
  const key = path.findLast((part) => typeof part === 'string')
  if (key === 'env' || key === 'api_key_env') {
    const name = /^(?:process\.env\.|\$\{\{\s*\w+\.|\$\{?(?:env:)?|%)?([A-Za-z_]\w*)(?:\s*\}\}|\}|%|=.*)?$/s.exec(
      data.trim(),
    )?.[1]
    const what = `is ${formatValue(data)}, which is no name of an environment variable`
    if (name === undefined) return { what, help: 'Write a name of letters, digits and _, such as SHOP_DB.' }
    return { what, replacements: [name] }
  }
  if (key === 'name') {
    const name = data
      .trim()
      .normalize('NFD')
      .replaceAll(/\p{M}/gu, '')
      .replaceAll(/[^A-Za-z0-9_-]+/g, '_')
      .replaceAll(/^_+|_+$/g, '')
      .slice(0, 64)
    const what = `is ${formatValue(data)}; at most 64 letters, digits, _ and - are wanted`
    return { what, replacements: /[A-Za-z0-9]/.test(name) && !data.includes('$') ? [name] : [] }
  }
  if (key === 'max_output_tokens') {
    const isEndless = /^\.?(inf(inity|inite)?|unlimited|endless|none|max(imum)?|∞)$/i.test(data.trim())
    return {
      what: `is ${formatValue(data)}; a whole number, or inf, is wanted`,
      replacements: isEndless ? ['inf'] : [],
    }
  }
  if (key === 'memory') return suggestMemorySize(data)
  if (authorPath(path) === 'model' && !data.includes('/')) {
    const parted = /^([\w-]+):([\w.-]+)$/.exec(data.trim())
    const right = parted === null ? withProvider(data.trim().replaceAll(/\s+/g, '-')) : `${parted[1]}/${parted[2]}`
    const help = `Write provider/model, such as ${right ?? 'openai/gpt-4.1-mini'}, or inworld/<router>.`
    const what = `is ${formatValue(data)}, without its provider`
    return { rule: 'RV306', what, replacements: right === undefined ? [] : [right], help }
  }
  if (key !== 'model' || !/\s/.test(data) || !data.includes('/')) return null
  return { what: `is ${formatValue(data)}, with space in it`, replacements: [yamlWord(data.replaceAll(/\s+/g, ''))] }
}

const KILOBYTE = 1_024
const MEGABYTE = KILOBYTE ** 2
const GIGABYTE = KILOBYTE ** 3
/** What a number with each unit may count. */
const COUNTED: { readonly [unit: string]: readonly number[] } = {
  '': [MEGABYTE, 1],
  k: [KILOBYTE],
  m: [MEGABYTE],
  g: [GIGABYTE],
}

/** Suggests a size of memory in the allowed range: units have other spellings, and a number without one is in MB or in bytes. */
export function suggestMemorySize(data: string | number): Suggestion {
  const [, count, unit = ''] = /^(\d+(?:\.\d+)?)\s*([kmg]?)i?b?$/i.exec(String(data).trim()) ?? []
  const bytes = COUNTED[unit.toLowerCase()]
    ?.map((size) => Number(count) * size)
    .find((size) => size >= LIMIT_BYTES_MIN && size <= LIMIT_BYTES_MAX)
  const what = `is ${formatValue(data)}; a whole number with MB or GB behind it is wanted`
  if (bytes === undefined) return { rule: 'RV107', what }
  const right = bytes % GIGABYTE === 0 ? `${bytes / GIGABYTE}GB` : `${Math.round(bytes / MEGABYTE)}MB`
  return { rule: 'RV107', what, replacements: [right] }
}
