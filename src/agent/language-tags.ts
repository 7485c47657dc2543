import { languageNames } from './language-names.ts'

/** The two-letter codes of ISO 639-1. */
const ISO_639_1 =
  'aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu'
const CODES: ReadonlySet<string> = new Set(ISO_639_1.split(' '))
/** Words for no language in particular. */
const ANY_LANGUAGE = /^(auto|any|all|multi|multilingual|detect|auto[-_ ]?detect|none|default|\*)$/i

type Tag = 'tag' | 'any' | { readonly meant: string } | 'unknown'

/** What a text is that should be a language tag (BCP 47): one, a text that means one in another form, a word for any language, or none. */
export function parseLanguageTag(text: string): Tag {
  if (/^[a-z]{2}$/.test(text) && CODES.has(text)) return 'tag'
  return parseTagOrName(text)
}

function parseTagOrName(text: string): Tag {
  const names = languageNames()
  const word = text.trim()
  if (ANY_LANGUAGE.test(word)) return 'any'
  const name = word.toLowerCase()
  const codeOfName = Object.keys(names).find((code) => names[code]?.includes(name))
  if (codeOfName !== undefined) return { meant: codeOfName }
  const [language = '', ...parts] = word.split(/[-_]/)
  const codeOfFirstWord = Object.keys(names).find((each) => names[each]?.includes(language.toLowerCase()))
  const code = CODES.has(language.toLowerCase()) ? language.toLowerCase() : (codeOfFirstWord ?? '')
  const isShaped = parts.every((part) => /^([a-z]{4}|[a-z]{2}|\d{3}|[a-z\d]{5,8})$/i.test(part))
  if (code === '' && /^[a-z]{3}$/.test(language) && isShaped && !word.includes('_')) return 'tag'
  if (code === '' || !isShaped) return 'unknown'
  const meant = [code, ...parts.map(canonicalSubtag)].join('-')
  return meant === text ? 'tag' : { meant }
}

/** A script begins with a capital, a region is in capitals. */
function canonicalSubtag(part: string): string {
  if (part.length === 2) return part.toUpperCase()
  return part.length === 4 ? part.charAt(0).toUpperCase() + part.slice(1).toLowerCase() : part.toLowerCase()
}
