/** The two-letter codes of ISO 639-1. */
const CODES =
  'aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu'
const KNOWN = new Set(CODES.split(' '))

/** What people write for the languages that are spoken to most agents: the English name, the language's own, and the code of a country. */
const NAMES: { readonly [code: string]: readonly string[] } = {
  ar: ['arabic', 'العربية'],
  cs: ['czech', 'čeština', 'cz'],
  da: ['danish', 'dansk', 'dk'],
  de: ['german', 'deutsch', 'ger', 'at'],
  el: ['greek', 'ελληνικά', 'gr'],
  en: ['english', 'us', 'gb', 'eng'],
  es: ['spanish', 'español', 'espanol', 'castellano', 'spa', 'mx'],
  fa: ['persian', 'farsi'],
  fi: ['finnish', 'suomi'],
  fr: ['french', 'français', 'francais', 'fra'],
  he: ['hebrew', 'עברית', 'iw'],
  hi: ['hindi', 'हिन्दी'],
  hu: ['hungarian', 'magyar'],
  id: ['indonesian', 'bahasa'],
  it: ['italian', 'italiano', 'ita'],
  ja: ['japanese', '日本語', 'jp', 'jpn'],
  ko: ['korean', '한국어', 'kor'],
  nb: ['norwegian', 'norsk'],
  nl: ['dutch', 'nederlands'],
  pl: ['polish', 'polski'],
  pt: ['portuguese', 'português', 'portugues'],
  ro: ['romanian', 'română'],
  ru: ['russian', 'русский'],
  sv: ['swedish', 'svenska'],
  th: ['thai', 'ไทย'],
  tr: ['turkish', 'türkçe', 'turkce'],
  uk: ['ukrainian', 'українська', 'ua'],
  vi: ['vietnamese', 'tiếng việt'],
  zh: ['chinese', 'mandarin', '中文', 'cn'],
}

/** Words for no language in particular. */
const ANY = /^(auto|any|all|multi|multilingual|detect|auto[-_ ]?detect|none|default|\*)$/i

/** What a text is that should be a language tag (BCP 47): one as it is written, one that means another, a word for any language, or none. */
export function readTag(text: string): 'tag' | 'any' | { readonly meant: string } | 'unknown' {
  const word = text.trim()
  if (ANY.test(word)) return 'any'
  const name = word.toLowerCase()
  const named = Object.keys(NAMES).find((code) => NAMES[code]?.includes(name))
  if (named !== undefined) return { meant: named }
  const [language = '', ...parts] = word.split(/[-_]/)
  const whole = Object.keys(NAMES).find((each) => NAMES[each]?.includes(language.toLowerCase()))
  const code = KNOWN.has(language.toLowerCase()) ? language.toLowerCase() : (whole ?? '')
  const isShaped = parts.every((part) => /^([a-z]{4}|[a-z]{2}|\d{3}|[a-z\d]{5,8})$/i.test(part))
  if (code === '' && /^[a-z]{3}$/.test(language) && isShaped && !word.includes('_')) return 'tag'
  if (code === '' || !isShaped) return 'unknown'
  const meant = [code, ...parts.map(inShape)].join('-')
  return meant === text ? 'tag' : { meant }
}

/** A script begins with a capital, a region is in capitals. */
function inShape(part: string): string {
  if (part.length === 2) return part.toUpperCase()
  return part.length === 4 ? part.charAt(0).toUpperCase() + part.slice(1).toLowerCase() : part.toLowerCase()
}
