/**
 * What people write for the languages that are spoken to most agents: the English name, the language's own, and the code of a country. A
 * function, so that a file that names a language by its code does not wait for it.
 */
export function languageNames(): { readonly [code: string]: readonly string[] } {
  return {
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
}
