/* The compiled core of redaction: the same findings as the Python modules beside it, in one pass in C.
 *
 * What is decided here is decided as the Python reference decides it. Wherever a word near a number, a quotation
 * mark, a letter outside ASCII or anything else unusual matters, the core doesn't guess: it asks the reference
 * (`ASK`), for one string, or gives a whole value back to it (`GIVE_UP`).
 *
 * All look-around is bounded, so time is linear in the text. Offsets are bytes of UTF-8. Every read is checked
 * against the ends of its text; nothing relies on a terminating zero.
 */

#define Py_LIMITED_API 0x030B0000
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

typedef unsigned char byte;
typedef Py_ssize_t place;

enum { OK = 0, ASK = 1, GIVE_UP = 2, FAILED = -1 };

/* In the order in which the reference lists what it finds: of equal ranges the first names the value. */
enum kind { IBAN, EMAIL, V6, CARD, SSN, V4, PHONE, KINDS };

#define MAX_DEPTH 128    /* open objects and arrays, those of documents within strings included */
#define MAX_DOCUMENTS 8  /* documents within strings of documents */
#define MAX_ROUNDS 4
#define MAX_TOKENS 256
#define WINDOW 48        /* characters of context, as in view.py */
#define AHEAD 24
#define LOCAL_MAX 64
#define V6_MAX 45
#define HINT_MAX 128

/* ---- classes of bytes ------------------------------------------------------------------------------------- */

enum {
    C_DIGIT = 1, C_LETTER = 2, C_UPPER = 4, C_HEX = 8, C_SEPARATOR = 16, C_LOCAL = 32, C_SPACE = 64, C_HIGH = 128
};
static byte class_of[256];

enum { S_END = 1, S_ESCAPE = 2, S_DIGIT = 4, S_AT = 8, S_AND = 16, S_HIGH = 32, S_TOKEN = 64 };
static byte in_string[256]; /* what the bytes of a JSON string give reason to look for */

static void make_classes(void) {
    for (int c = 0; c < 256; c++) {
        byte k = 0, s = 0;
        int lower = c | 0x20;
        if (c >= '0' && c <= '9') { k |= C_DIGIT | C_HEX | C_LOCAL; s |= S_DIGIT; }
        if (lower >= 'a' && lower <= 'z') k |= C_LETTER | C_LOCAL | (lower <= 'f' ? C_HEX : 0);
        if (c >= 'A' && c <= 'Z') k |= C_UPPER;
        if (c && strchr(" .()/-", c)) k |= C_SEPARATOR;
        if (c && strchr("._%+-'", c)) k |= C_LOCAL;
        if (c == ' ' || (c >= 9 && c <= 13) || (c >= 28 && c <= 31)) k |= C_SPACE;
        if (c >= 0x80) { k |= C_HIGH; s |= S_HIGH; }
        if (c == '"') s |= S_END;
        if (c == '\\') s |= S_ESCAPE;
        if (c == '@') s |= S_AT;
        if (c == '&') s |= S_AND;
        class_of[c] = k;
        in_string[c] = s;
    }
}

#define IS(c, k) (class_of[(byte)(c)] & (k))
#define ALNUM (C_DIGIT | C_LETTER)
static inline int is_word(byte c) { return c == '_' || IS(c, ALNUM); }
static inline byte lower_of(byte c) { return IS(c, C_UPPER) ? (byte)(c | 0x20) : c; }

/* ---- memory: everything of one call lives until its end ------------------------------------------------------ */

typedef struct block { struct block *next; } block;
typedef struct { block *first; } arena;

static void *take(arena *a, size_t size) {
    block *b = malloc(sizeof(block) + (size ? size : 1));
    if (!b) return NULL;
    b->next = a->first;
    a->first = b;
    return b + 1;
}

static void release(arena *a, block *upto) {
    while (a->first != upto) {
        block *b = a->first;
        a->first = b->next;
        free(b);
    }
}

typedef struct { byte *at; size_t size, room; } bytes;

static int append(bytes *b, const void *from, size_t size) {
    if (size > b->room - b->size) {
        size_t room = b->room * 2 + size + 64;
        byte *moved = realloc(b->at, room);
        if (!moved) return FAILED;
        b->at = moved;
        b->room = room;
    }
    if (size) memcpy(b->at + b->size, from, size);
    b->size += size;
    return OK;
}

/* ---- what the core goes by --------------------------------------------------------------------------------- */

typedef struct { long first, last; int width; uint32_t lengths; } issuer;
typedef struct { byte *text; place size; } string;

typedef struct {
    int enabled[KINDS];
    string token[KINDS];
    PyObject *name[KINDS];
    string tokens[MAX_TOKENS]; /* longest first */
    int token_count;
    byte starts_token[256];
    byte iban_length[26 * 26];
    byte calling[3][1000][2]; /* by width and code: fewest and most digits of the whole number */
    issuer *issuers;
    int issuer_count;
    byte *fold; /* by code point below 65536: what fold.py makes of it */
    string *tlds;
    size_t tld_mask;
    PyObject *protected, *plain_names, *redact, *is_document;
} core;

enum { FOLD_KEEP = 0, FOLD_DROP = 1, FOLD_ASK = 255 };

typedef struct { place start, end; int kind; } span;

typedef struct {
    span *at;
    size_t count, room;
} spans;

static int add_span(spans *s, place start, place end, int kind) {
    if (s->count == s->room) {
        size_t room = s->room * 2 + 8;
        span *moved = realloc(s->at, room * sizeof(span));
        if (!moved) return FAILED;
        s->at = moved;
        s->room = room;
    }
    s->at[s->count++] = (span){start, end, kind};
    return OK;
}

/* One text as the detectors see it. */
typedef struct {
    const core *c;
    const byte *t;
    place n;
    const byte *hint;
    place hint_size;
    place known; /* where the last value found before the present group of digits ended */
} view;

static inline int at(const view *v, place i) { return i >= 0 && i < v->n ? v->t[i] : -1; }
static inline int digit_at(const view *v, place i) { return i >= 0 && i < v->n && IS(v->t[i], C_DIGIT); }
static inline int within(const view *v, place i, place high) { return i < high ? at(v, i) : -1; }
static inline int is_digit(int c) { return c >= '0' && c <= '9'; }

static place back(const view *v, place from, int characters) {
    while (from > 0 && characters--)
        for (from--; from > 0 && (v->t[from] & 0xC0) == 0x80; from--) {}
    return from;
}

static place ahead(const view *v, place from, int characters) {
    while (from < v->n && characters--)
        for (from++; from < v->n && (v->t[from] & 0xC0) == 0x80; from++) {}
    return from;
}

/* ---- the words around a place ------------------------------------------------------------------------------- */

typedef struct { byte at[1024]; int size; int unknown; } context;

static void put_plain(context *w, byte c, byte *previous) {
    if (IS(c, C_UPPER) && IS(*previous, C_LETTER) && !IS(*previous, C_UPPER) && w->size < (int)sizeof w->at)
        w->at[w->size++] = ' ';
    if (w->size < (int)sizeof w->at) w->at[w->size++] = c == '_' ? ' ' : lower_of(c);
    *previous = c;
}

static void look_before(const view *v, place start, context *w) {
    place low = back(v, start, WINDOW), cut = v->known < start ? v->known : start, from = low;
    for (place i = start; i > low; i--)
        if (v->t[i - 1] == '\n') { from = i; break; }
    byte previous = 0;
    w->size = w->unknown = 0;
    if (from == low && low == 0 && v->hint_size) {
        if (v->hint_size > HINT_MAX) { w->unknown = 1; return; }
        for (place i = 0; i < v->hint_size; i++) put_plain(w, v->hint[i], &previous);
        put_plain(w, ':', &previous);
        put_plain(w, ' ', &previous);
    }
    for (place i = from; i < start; i++)
        put_plain(w, i < cut && IS(v->t[i], C_DIGIT) ? '#' : v->t[i], &previous);
}

static void look_after(const view *v, place end, context *w) {
    place high = ahead(v, end, AHEAD);
    byte previous = 0;
    w->size = w->unknown = 0;
    for (place i = end; i < high && v->t[i] != '\n'; i++) put_plain(w, v->t[i], &previous);
}

enum { ANY_TAIL = 1, ANY_HEAD = 2 };
typedef struct { const char *text; byte size, how; } word;
#define W(s) {s, sizeof s - 1, 0}
#define STEM(s) {s, sizeof s - 1, ANY_TAIL}
#define PART(s) {s, sizeof s - 1, ANY_TAIL | ANY_HEAD}
#define END {NULL, 0, 0}

/* These lists take in everything that the expressions of words.py match, and a little more. */
static const word phone_words[] = {
    PART("phone"), W("tel"), W("mobil"), W("mobile"), W("mobilo"), W("cell"), W("cellular"), W("fax"), W("telefax"),
    W("sms"), W("whatsapp"), W("viber"), W("dial"), W("dialed"), W("dialing"), W("call"), W("calls"), W("called"),
    W("calling"), W("caller"), W("callback"), W("text me"), W("text us"), W("text him"), W("text her"),
    W("text them"), W("ring"), W("handy"), W("handynummer"), W("telefon"), W("telefone"), W("telefono"),
    W("telephone"), PART("t\xc3\xa9l"), PART("t\xc3\x89l"), PART("l\xc3\xa9" "fono"), PART("l\xc3\x89" "fono"),
    PART("m\xc3\xb3vil"), PART("m\xc3\x93vil"), W("portable"), W("celular"), W("msisdn"), W("hotline"),
    W("landline"), W("voicemail"), W("pager"), W("contact no"), W("contact number"), W("reach me"), W("reach us"),
    W("reach him"), W("reach her"), W("reach them"), W("ph"), END};
static const word phone_after[] = {
    STEM("mobile"), STEM("cell"), STEM("office"), STEM("home"), STEM("work"), STEM("fax"), STEM("tel"),
    STEM("phone"), STEM("hotline"), STEM("landline"), END};
static const word ssn_words[] = {
    STEM("ssn"), STEM("usssn"), STEM("social"), STEM("ss#"), STEM("ss #"), STEM("soc"), STEM("taxpayer"),
    STEM("s.s.n"), END};
static const word ssn_after[] = {STEM("ssn"), STEM("social"), END};
static const word card_words[] = {
    PART("card"), STEM("visa"), STEM("master"), STEM("amex"), STEM("american express"), STEM("discover"),
    STEM("jcb"), STEM("diners"), STEM("maestro"), STEM("union"), STEM("pan"), STEM("cc"), END};
static const word not_a_card[] = {
    STEM("tracking"), STEM("usps"), STEM("ups"), STEM("fedex"), STEM("dhl"), STEM("awb"), STEM("imei"),
    STEM("isbn"), STEM("ean"), STEM("upc"), STEM("gtin"), STEM("epoch"), STEM("nano"), STEM("micro"),
    STEM("timestamp"), END};
static const word update_words[] = {
    PART("upgrad"), PART("updat"), PART("downgrad"), PART("bump"), PART("migrat"), END};
static const char *const version_words[] = {
    "v", "ver", "version", "versions", "release", "releases", "released", "section", "sections", "sec", "chapter",
    "build", "rev", "revision", "firmware", "oid", "clause", "paragraph", "appendix", "fig", "figure", "table",
    "tables", "driver", "kernel", "package", "sdk", NULL};

/* And this one nothing that `_TOO_FAR` of view.py doesn't. */
static const word too_far[] = {
    W("order"), W("id"), W("ids"), W("uuid"), W("ref"), W("reference"), W("invoice"), W("ticket"), W("case"),
    W("tracking"), W("serial"), W("sku"), W("zip"), W("postal"), W("port"), W("version"), W("time"),
    W("timestamp"), W("epoch"), W("ts"), W("date"), W("dob"), W("code"), W("amount"), W("total"), W("price"),
    W("seq"), W("sequence"), W("status"), W("account"), W("build"), W("page"), W("row"), W("column"), W("buffer"),
    W("line"), W("tokens"), W("bytes"), END};

/* A boundary that may be one (of letters outside ASCII nothing is known), or one that surely is. */
static int edge(const context *w, int i, int surely) {
    if (i < 0 || i >= w->size) return 1;
    return !IS(w->at[i], surely ? ALNUM | C_HIGH : ALNUM);
}

static int word_here(const context *w, int i, const word *list, int surely) {
    int head = edge(w, i - 1, surely), longest = 0;
    byte first = w->at[i];
    for (; list->text; list++) {
        if ((byte)list->text[0] != first || list->size <= longest || list->size > w->size - i) continue;
        if (!head && !(list->how & ANY_HEAD)) continue;
        if (memcmp(w->at + i, list->text, list->size)) continue;
        if ((list->how & ANY_TAIL) || edge(w, i + list->size, surely)) longest = list->size;
    }
    return longest;
}

static int preceded(const context *w, int i, const char *by) {
    int size = (int)strlen(by);
    return i >= size && !memcmp(w->at + i - size, by, (size_t)size);
}

/* The phone of a microphone, of an iPhone, of phonetics. */
static int no_phone(const context *w, int i) {
    if (w->size - i < 5 || memcmp(w->at + i, "phone", 5)) return 0;
    if (preceded(w, i, "i") || preceded(w, i, "i ") || preceded(w, i, "micro") || preceded(w, i, "head")) return 1;
    int next = i + 5 < w->size ? w->at[i + 5] : 0;
    if (next == 's') next = i + 6 < w->size ? w->at[i + 6] : 0;
    return next >= 'a' && next <= 'z' && next != 'i';
}

/* May the last of the words speak about what follows? */
static int may_apply(const context *w, const word *list) {
    if (w->unknown) return 1;
    int end = -1;
    for (int i = 0; i < w->size; i++) {
        int size = word_here(w, i, list, 0);
        if (size && !(list == phone_words && no_phone(w, i)) && i + size > end) end = i + size;
    }
    if (end < 0) return 0;
    for (int i = end, digits = 0; i < w->size; i++) {
        digits = IS(w->at[i], C_DIGIT) ? digits + 1 : 0;
        if (digits == 4 || word_here(w, i, too_far, 1)) return 0;
    }
    return 1;
}

static int may_be_near(const context *w, const word *list) {
    if (w->unknown) return 1;
    for (int i = 0; i < w->size; i++)
        if (word_here(w, i, list, 0)) return 1;
    return 0;
}

static int may_follow(const view *v, place end, const word *list) {
    context w;
    look_after(v, end, &w);
    int i = 0;
    while (i < w.size && (IS(w.at[i], C_SPACE | C_HIGH) || (w.at[i] && strchr("\"'),(:-", w.at[i])))) i++;
    if (w.size - i > 3 && !memcmp(w.at + i, "is ", 3)) {
        static const char *const owners[] = {"my ", "our ", "the ", "his ", "her ", NULL};
        for (const char *const *o = owners; *o; o++) {
            int size = (int)strlen(*o);
            if (w.size - i - 3 >= size && !memcmp(w.at + i + 3, *o, (size_t)size)) { i += 3 + size; break; }
        }
    }
    for (; list->text; list++)
        if (list->size <= w.size - i && !memcmp(w.at + i, list->text, list->size)) return 1;
    return 0;
}

static int may_be_named(const view *v, place start, place end, const word *words, const word *after) {
    context w;
    look_before(v, start, &w);
    return may_apply(&w, words) || may_follow(v, end, after);
}

static int is_version_word(const context *w, int from, int to) {
    int size = to - from;
    if (size >= 4 && !memcmp(w->at + from, "snmp", 4)) return 1;
    for (const char *const *word = version_words; *word; word++)
        if ((int)strlen(*word) == size && !memcmp(w->at + from, *word, (size_t)size)) return 1;
    return 0;
}

static int may_be_version(const view *v, place start) {
    context w;
    look_before(v, start, &w);
    if (w.unknown || may_be_near(&w, update_words)) return 1;
    for (int i = 0; i + 1 < w.size; i++)
        if (w.at[i] == 0xC2 && w.at[i + 1] == 0xA7) return 1; /* a section sign */
    int end = w.size;
    if (end >= 4 && !memcmp(w.at + end - 4, "snmp", 4)) return 1;
    for (int i = 0; i + 4 <= w.size; i++)
        if (!memcmp(w.at + i, "snmp", 4)) return 1;
    int i = end;
    while (i > 0 && IS(w.at[i - 1], C_SPACE | C_HIGH)) i--;
    if (i > 0 && w.at[i - 1] == '=') return 1;
    for (int words = 0; words < 4; words++) { /* "versions 1.2.3.4 and v1.2.3.5" */
        while (end > 0 && !IS(w.at[end - 1], C_LETTER)) end--;
        int from = end;
        while (from > 0 && IS(w.at[from - 1], C_LETTER)) from--;
        if (from == end) return 0;
        if (is_version_word(&w, from, end)) {
            if (!(end - from == 1 && w.at[from] == 'v')) return 1;
            return 1;
        }
        int size = end - from;
        const byte *last = w.at + from;
        if (!((size == 2 && (!memcmp(last, "or", 2) || !memcmp(last, "to", 2))) ||
              (size == 3 && !memcmp(last, "and", 3))))
            return 0;
        end = from;
    }
    return 1;
}

/* ---- bank accounts ------------------------------------------------------------------------------------------ */

static int find_iban(const view *v, place digits, spans *found) {
    const byte *t = v->t;
    place start = digits - 2;
    if (start < 0 || !IS(t[start], C_LETTER) || !IS(t[start + 1], C_LETTER) || !digit_at(v, digits + 1)) return OK;
    if (start > 0 && IS(t[start - 1], ALNUM)) return OK;
    int length = v->c->iban_length[(lower_of(t[start]) - 'a') * 26 + lower_of(t[start + 1]) - 'a'];
    if (!length) return OK;
    char compact[40];
    int size = 4, count = 0;
    memcpy(compact, t + start, 4);
    place i = start + 4, end = 0;
    while (count < 33) {
        place next = i;
        int c = at(v, next);
        if (c == ' ' || c == '.' || c == '-') c = at(v, ++next);
        if (c < 0 || !IS(c, ALNUM)) break;
        if (size < length) {
            compact[size++] = (char)c;
            if (size == length) end = next + 1;
        }
        i = next + 1;
        count++;
    }
    if (count < 11 || !end) return OK;
    int next = at(v, end);
    if (next >= 0x80) return ASK;
    if (next >= 0 && IS(next, ALNUM)) return OK;
    int rest = 0;
    for (int k = 0; k < length; k++) {
        byte c = (byte)compact[(k + 4) % length];
        rest = IS(c, C_DIGIT) ? (rest * 10 + c - '0') % 97 : (rest * 100 + lower_of(c) - 'a' + 10) % 97;
    }
    return rest == 1 ? add_span(found, start, end, IBAN) : OK;
}

/* ---- e-mail -------------------------------------------------------------------------------------------------- */

static size_t hash_of(const byte *text, place size) {
    size_t h = 2166136261u;
    for (place i = 0; i < size; i++) h = (h ^ lower_of(text[i])) * 16777619u;
    return h;
}

static int is_tld(const core *c, const byte *label, place size) {
    if (size >= 4 && lower_of(label[0]) == 'x' && lower_of(label[1]) == 'n' && label[2] == '-' && label[3] == '-')
        return 1;
    for (size_t slot = hash_of(label, size) & c->tld_mask; c->tlds[slot].text; slot = (slot + 1) & c->tld_mask) {
        if (c->tlds[slot].size != size) continue;
        place i = 0;
        while (i < size && c->tlds[slot].text[i] == lower_of(label[i])) i++;
        if (i == size) return 1;
    }
    return 0;
}

static inline int is_label(int c) { return c == '-' || (c >= 0 && IS(c, ALNUM)); }

static place label_end(const view *v, place from) {
    place i = from;
    while (i < v->n && i - from < 63 && is_label(v->t[i])) i++;
    return i;
}

/* Where the domain ends, or 0; `*unsure` when letters outside ASCII could make it another one. */
static place domain_end(const view *v, place start, int *unsure) {
    place end = label_end(v, start), result = 0;
    if (end > start && at(v, end) == '.') {
        int labels = 0;
        while (labels < 8 && at(v, end) == '.' && is_label(at(v, end + 1))) {
            end = label_end(v, end + 1);
            labels++;
        }
        place name = end;
        while (labels && name > start && v->t[name - 1] == '-') name--;
        while (labels && !result) {
            place dot = name;
            while (dot > start && v->t[dot - 1] != '.') dot--;
            if (dot == start) break;
            if (is_tld(v->c, v->t + dot, name - dot)) result = name;
            name = dot - 1;
        }
    }
    if (!result) {
        place i = start, most = start + 640;
        while (i < v->n && i < most && (is_label(v->t[i]) || v->t[i] == '.')) i++;
        *unsure = i < v->n && v->t[i] >= 0x80;
    }
    return result;
}

static int same(const view *v, place from, place to, const char *text) {
    place size = (place)strlen(text);
    return to - from == size && !memcmp(v->t + from, text, (size_t)size);
}

static int is_code(const view *v, place start, place sign, place end) {
    if (at(v, end) == '(') return 1;
    if (v->n - sign > 5 && !memcmp(v->t + sign + 1, "self.", 5)) return 1;
    int upper = IS(v->t[sign + 1], C_UPPER);
    if (upper && (same(v, start, sign, "this") || same(v, start, sign, "super") || same(v, start, sign, "return")))
        return 1;
    if (!(same(v, start, sign, "git") || same(v, start, sign, "hg") || same(v, start, sign, "svn") ||
          same(v, start, sign, "gerrit") || same(v, start, sign, "gitea")))
        return 0;
    int next = at(v, end + 1);
    return at(v, end) == ':' && next >= 0 && (IS(next, C_LETTER) || next == '~' || next == '/' || next == '.');
}

static int find_emails(const view *v, spans *found) {
    place from = 0;
    while (from < v->n) {
        const byte *sign = memchr(v->t + from, '@', (size_t)(v->n - from));
        if (!sign) break;
        place a = sign - v->t, low = a > LOCAL_MAX ? a - LOCAL_MAX : 0, start = a;
        while (start > low && IS(v->t[start - 1], C_LOCAL)) start--;
        if (start > 0 && v->t[start - 1] >= 0x80 && start > low) return ASK;
        if (a > 0 && v->t[a - 1] == '"') return ASK;
        while (start < a && !IS(v->t[start], ALNUM) && v->t[start] != '_') start++;
        place end = 0;
        if (start < a) {
            int unsure = 0;
            end = domain_end(v, a + 1, &unsure);
            if (unsure) return ASK;
            if (end && !is_code(v, start, a, end) && add_span(found, start, end, EMAIL)) return FAILED;
        }
        from = end > a + 1 ? end : a + 1;
    }
    return OK;
}

/* ---- IP version 6 --------------------------------------------------------------------------------------------- */

static int is_v6(const byte *run, place size) {
    char text[V6_MAX + 1];
    byte address[16];
    int digits = 0, colons = 0;
    place doubled = -1, first = -1;
    for (place i = 0; i < size; i++) {
        digits |= IS(run[i], C_DIGIT);
        if (run[i] != ':') continue;
        colons++;
        if (first < 0) first = i;
        if (doubled < 0 && i + 1 < size && run[i + 1] == ':') doubled = i;
    }
    if (!digits || (doubled > 0 && first < 2)) return 0;
    if (size == 23 && colons == 7) { /* eight pairs: a hardware address */
        int pairs = 1;
        for (place i = 2; i < size; i += 3) pairs &= run[i] == ':';
        if (pairs && !memchr(run, '.', (size_t)size)) return 0;
    }
    memcpy(text, run, (size_t)size);
    text[size] = 0;
    return inet_pton(AF_INET6, text, address) == 1;
}

static int find_v6(const view *v, spans *found) {
    const byte *t = v->t;
    place from = 0;
    while (from < v->n) {
        const byte *colon = memchr(t + from, ':', (size_t)(v->n - from));
        if (!colon) break;
        place a = colon - t, i = a + 1;
        while (i < v->n && i - a <= 4 && IS(t[i], C_HEX)) i++;
        if (at(v, i) != ':') { from = a + 1; continue; }
        place low = a > V6_MAX ? a - V6_MAX : 0, start = a, end = a, run_end;
        while (start > low && (IS(t[start - 1], C_HEX) || t[start - 1] == ':')) start--;
        while (end < v->n && (IS(t[end], C_HEX) || t[end] == ':' || t[end] == '.')) end++;
        from = run_end = end;
        int digits = 0;
        for (i = start; i < end && !digits; i++) digits = IS(t[i], C_DIGIT);
        if (!digits) continue;
        if (start > 0 && t[start - 1] >= 0x80) return ASK;
        if (start > 0 && is_word(t[start - 1]))
            while (t[start] != ':') start++; /* there is one at `a` at the latest */
        if (t[start] == ':' && at(v, start + 1) != ':') start++;
        while (end > start) {
            if (end < 2) return ASK;
            if (t[end - 1] == '.' || (t[end - 1] == ':' && t[end - 2] != ':')) end--;
            else break;
        }
        if (end - start > V6_MAX || end <= start) continue;
        if (end < v->n && t[end] >= 0x80) return ASK;
        if (end < v->n && is_word(t[end])) continue;
        if (is_v6(t + start, end - start) && add_span(found, start, end, V6)) return FAILED;
        (void)run_end;
    }
    return OK;
}

/* ---- numbers: `low` and `high` bound them as in view.py; what lies at `high` and beyond isn't seen ahead -------- */

static int run_of_digits(const view *v, place from, place high, int most) {
    int count = 0;
    while (count < most && is_digit(within(v, from + count, high))) count++;
    return count;
}

static int behind_number(const view *v, place i) { /* (?<!\d[.\-]) */
    return i >= 2 && (v->t[i - 1] == '.' || v->t[i - 1] == '-') && IS(v->t[i - 2], C_DIGIT);
}

static int ends_here(const view *v, place i, place high, int underscore) { /* (?!\w)(?![.\-]\d) */
    int c = within(v, i, high);
    if (c < 0) return 1;
    if (IS(c, ALNUM) || (underscore && c == '_')) return 0;
    return !((c == '.' || c == '-') && is_digit(within(v, i + 1, high)));
}

static place card_candidate(const view *v, place p, place high, place *tail) {
    *tail = -1;
    if (p > 0 && IS(v->t[p - 1], ALNUM)) return 0;
    if (behind_number(v, p)) return 0;
    int run = run_of_digits(v, p, high, 20);
    if (run >= 12 && run <= 19) return ends_here(v, p + run, high, 0) ? p + run : 0;
    if (run != 4) return 0;
    int by = within(v, p + 4, high);
    if (by != ' ' && by != '.' && by != '-') return 0;
    int second = run_of_digits(v, p + 5, high, 7);
    if (second == 4 && within(v, p + 9, high) == by) {
        int third = run_of_digits(v, p + 10, high, 6);
        if (third == 4 && within(v, p + 14, high) == by) {
            int fourth = run_of_digits(v, p + 15, high, 5);
            if (fourth >= 1 && fourth <= 4) {
                place end = p + 15 + fourth;
                if (within(v, end, high) == by) {
                    int last = run_of_digits(v, end + 1, high, 4);
                    if (last >= 1 && last <= 3 && ends_here(v, end + 1 + last, high, 0)) {
                        *tail = end;
                        return end + 1 + last;
                    }
                }
                if (ends_here(v, end, high, 0)) return end;
            }
        }
        if (third == 5 && ends_here(v, p + 15, high, 0)) return p + 15;
    }
    if (second == 6 && within(v, p + 11, high) == by) {
        int third = run_of_digits(v, p + 12, high, 6);
        if ((third == 4 || third == 5) && ends_here(v, p + 12 + third, high, 0)) return p + 12 + third;
    }
    return 0;
}

/* 1 yes, 0 no, 2 ask */
static int is_card(const view *v, place start, place end) {
    byte digits[24];
    int size = 0, grouped = 0, known = 0;
    for (place i = start; i < end; i++) {
        if (!IS(v->t[i], C_DIGIT)) { grouped = 1; continue; }
        if (size == 20) return 0;
        digits[size++] = v->t[i] - '0';
    }
    for (int k = 0; k < v->c->issuer_count && !known; k++) {
        const issuer *entry = &v->c->issuers[k];
        long prefix = 0;
        for (int i = 0; i < entry->width && i < size; i++) prefix = prefix * 10 + digits[i];
        known = entry->first <= prefix && prefix <= entry->last && (entry->lengths >> size & 1);
    }
    if (!known) return 0;
    int total = 0;
    for (int i = 0; i < size; i++) {
        int d = digits[size - 1 - i];
        if (i % 2) d = d > 4 ? 2 * d - 9 : 2 * d;
        total += d;
    }
    context w;
    if (total % 10 == 0) {
        if (grouped) return 1;
        look_before(v, start, &w);
        return may_be_near(&w, not_a_card) ? 2 : 1;
    }
    if (size != 16) return 0;
    look_before(v, start, &w);
    return may_apply(&w, card_words) ? 2 : 0;
}

static int find_cards(const view *v, place low, place high, spans *found) {
    for (place p = low; p < high;) {
        place tail, end;
        if (!digit_at(v, p) || !(end = card_candidate(v, p, high, &tail))) { p++; continue; }
        int verdict = is_card(v, p, end);
        if (!verdict && tail > 0) verdict = is_card(v, p, end = tail);
        if (verdict == 2) return ASK;
        if (verdict && add_span(found, p, end, CARD)) return FAILED;
        p = verdict ? end : p + 4;
    }
    return OK;
}

static place ssn_end(const view *v, place p, place high, int *by) {
    const int first = run_of_digits(v, p, high, 3);
    if (first != 3 || (p > 0 && is_word(v->t[p - 1])) || behind_number(v, p)) return 0;
    const byte *t = v->t;
    if (t[p] == '9' || !memcmp(t + p, "000", 3) || !memcmp(t + p, "666", 3)) return 0;
    place i = p + 3;
    int c = within(v, i, high), step = c == ' ' || c == '.' || c == '-';
    *by = step ? c : 0;
    i += step;
    if (run_of_digits(v, i, high, 2) != 2 || (t[i] == '0' && t[i + 1] == '0')) return 0;
    i += 2;
    if (step && within(v, i, high) != c) return 0;
    i += step;
    if (run_of_digits(v, i, high, 4) != 4 || !memcmp(t + i, "0000", 4)) return 0;
    return ends_here(v, i + 4, high, 1) ? i + 4 : 0;
}

static int find_ssns(const view *v, place low, place high, spans *found) {
    for (place p = low; p < high;) {
        int by = 0;
        place end = digit_at(v, p) ? ssn_end(v, p, high, &by) : 0;
        if (!end) { p++; continue; }
        if (by == '-') {
            if (add_span(found, p, end, SSN)) return FAILED;
        } else if (may_be_named(v, p, end, ssn_words, ssn_after)) {
            return ASK;
        }
        p = end;
    }
    return OK;
}

static place quad_end(const view *v, place p, place high) {
    if (p > 0 && (is_word(v->t[p - 1]) || v->t[p - 1] == '.')) return 0;
    for (int octet = 0; octet < 4; octet++) {
        int run = run_of_digits(v, p, high, 4), value = 0;
        if (run < 1 || run > 3 || (run > 1 && v->t[p] == '0')) return 0;
        for (int i = 0; i < run; i++) value = value * 10 + v->t[p + i] - '0';
        if (value > 255) return 0;
        p += run;
        if (octet < 3 && within(v, p++, high) != '.') return 0;
    }
    int c = within(v, p, high);
    if (c >= 0 && is_word((byte)c)) return 0;
    return c == '.' && is_digit(within(v, p + 1, high)) ? 0 : p;
}

static int find_v4(const view *v, place low, place high, spans *found) {
    for (place p = low; p < high;) {
        place end = digit_at(v, p) ? quad_end(v, p, high) : 0;
        if (!end) { p++; continue; }
        int one = at(v, p - 1), two = at(v, p - 2);
        if (one == '/' && two >= 0 && (is_word((byte)two) || two >= 0x80)) return ASK;
        if (one == '-' && two >= 0 && IS(two, C_LETTER)) return ASK;
        if (may_be_version(v, p)) return ASK;
        if (add_span(found, p, end, V4)) return FAILED;
        p = end;
    }
    return OK;
}

/* The digits from `p`, at most three separators between two of them: fills `ends`, returns how many. */
static int chain(const view *v, place p, place high, place ends[17]) {
    int count = 0;
    while (count < 17) {
        place i = p;
        if (count) {
            int skipped = 0;
            while (skipped < 3 && within(v, i, high) >= 0 && IS(v->t[i], C_SEPARATOR)) { i++; skipped++; }
        }
        if (!is_digit(within(v, i, high))) break;
        ends[count++] = p = i + 1;
    }
    return count;
}

static place international_end(const view *v, place start, place end) {
    int count = 0, code = 0, width = 0, fewest = 1, most = 0, total = 0, zero = 0;
    for (place i = start; i < end; i++) {
        if (i + 2 < end && !memcmp(v->t + i, "(0)", 3)) zero = 1;
        if (!IS(v->t[i], C_DIGIT)) continue;
        total++;
        if (width < 3 && !most) {
            code = code * 10 + v->t[i] - '0';
            const byte *plan = v->c->calling[width++][code];
            if (plan[1]) { fewest = plan[0]; most = plan[1]; }
        }
    }
    if (!most) return 0;
    (void)total;
    most += zero;
    place last = 0;
    for (place i = start; i < end; i++) {
        if (!IS(v->t[i], C_DIGIT)) continue;
        count++;
        int group = i + 1 == end || !IS(v->t[i + 1], C_DIGIT);
        if (group && fewest <= count && count <= most) last = i + 1;
    }
    return last;
}

static int find_international(const view *v, place low, place high, spans *found) {
    for (place p = low; p < high && p < v->n;) {
        if (v->t[p] != '+' || (p > 0 && (is_word(v->t[p - 1]) || v->t[p - 1] == '+'))) { p++; continue; }
        place ends[17], end = 0;
        int count = chain(v, p + 1 + (within(v, p + 1, high) == '('), high, ends);
        for (; count >= 7 && !end; count--)
            if (!is_digit(within(v, ends[count - 1], high))) end = ends[count - 1];
        if (!end) { p++; continue; }
        place stop = international_end(v, p, end);
        if (stop && add_span(found, p, stop, PHONE)) return FAILED;
        p = end;
    }
    return OK;
}

static int exchange(const view *v, place p, place high) { /* [2-9]\d\d */
    return run_of_digits(v, p, high, 3) == 3 && v->t[p] >= '2';
}

static int local_end(const view *v, place i, place high, int wide) { /* (?!(?!x\d)\w|[.\-]\d) */
    int c = within(v, i, high), d = is_digit(within(v, i + 1, high));
    if (c < 0) return 1;
    if (is_word((byte)c)) return c == 'x' && d;
    if (c == '.' || c == '-' || (wide && (c == ',' || c == ':' || c == '/'))) return !d;
    return 1;
}

static place american_body(const view *v, place q, place high) {
    int c = within(v, q, high);
    place i = 0;
    if (c == '(') {
        if (!exchange(v, q + 1, high) || within(v, q + 4, high) != ')') return 0;
        i = q + 5;
        c = within(v, i, high);
        if (c == ' ' || c == '.' || c == '-') i++;
        if (!exchange(v, i, high)) return 0;
        c = within(v, i + 3, high);
        if (c != ' ' && c != '.' && c != '-') return 0;
        i += 4;
    } else {
        if (!exchange(v, q, high)) return 0;
        int by = within(v, q + 3, high);
        if (!exchange(v, q + 4, high)) return 0;
        c = within(v, q + 7, high);
        if (by == '.' || by == '-') {
            if (c != by) return 0;
        } else if (by != ' ' || q < 2 || v->t[q - 1] != ' ' || v->t[q - 2] != '1' || (c != ' ' && c != '-')) {
            return 0;
        }
        i = q + 8;
    }
    if (run_of_digits(v, i, high, 4) != 4) return 0;
    return local_end(v, i + 4, high, 0) ? i + 4 : 0;
}

static int find_american(const view *v, place low, place high, spans *found) {
    for (place p = low; p < high && p < v->n;) {
        byte c = v->t[p];
        place end = 0;
        if ((c == '(' || IS(c, C_DIGIT)) && !(p > 0 && is_word(v->t[p - 1])) && !behind_number(v, p)) {
            if (c == '1') {
                int s = within(v, p + 1, high);
                if (s == ' ' || s == '.' || s == '-') end = american_body(v, p + 2, high);
                if (!end) end = american_body(v, p + 1, high);
            }
            if (!end) end = american_body(v, p, high);
        }
        if (!end) { p++; continue; }
        if (add_span(found, p, end, PHONE)) return FAILED;
        p = end;
    }
    return OK;
}

static int is_date(const view *v, place p, place end) {
    int first = run_of_digits(v, p, end, 5);
    place i = p + first;
    int by = within(v, i, end);
    if (by != '-' && by != '/' && by != '.') return 0;
    int second = run_of_digits(v, i + 1, end, 3);
    int next = within(v, i + 1 + second, end);
    const byte *t = v->t;
    if (first == 4 && ((t[p] == '1' && t[p + 1] == '9') || (t[p] == '2' && t[p + 1] == '0'))) {
        const byte *m = t + i + 1;
        int month = second == 1 ? m[0] >= '1'
                                : second == 2 && ((m[0] == '0' && m[1] >= '1') || (m[0] == '1' && m[1] <= '2'));
        int third = run_of_digits(v, i + 2 + second, end, 3);
        return month && (next == '-' || next == '/' || next == '.') && (third == 1 || third == 2);
    }
    if ((first == 1 || first == 2) && (second == 1 || second == 2) && next == by) {
        place y = i + 2 + second;
        return run_of_digits(v, y, end, 5) == 4 && ((t[y] == '1' && t[y + 1] == '9') || (t[y] == '2' && t[y + 1] == '0'));
    }
    return 0;
}

static int is_other_number(const view *v, place start, place end) {
    int count = 0, plain = 1, dots = 0, dotted = 1, run = 0, longest = 0;
    for (place i = start; i < end; i++) {
        byte c = v->t[i];
        if (IS(c, C_DIGIT)) {
            count++;
            if (++run > longest) longest = run;
            continue;
        }
        plain = 0;
        if (c != '.' || !run) dotted = 0;
        dots += c == '.';
        run = 0;
    }
    int wide = !plain || (v->t[start] == '0' && at(v, start + 1) == '0') || v->t[start] == '(';
    if (count > (wide ? 15 : 13) || is_date(v, start, end)) return 1;
    return dotted && (dots == 1 || (dots == 3 && longest <= 3));
}

static int find_named(const view *v, place low, place high, spans *found, size_t first) {
    for (place p = low; p < high && p < v->n;) {
        byte c = v->t[p];
        int one = at(v, p - 1);
        int free = c == '(' || IS(c, C_DIGIT);
        if (free && one >= 0) {
            free = !is_word((byte)one) && one != '+';
            if (free && strchr(".,:-/ ", one) && one && digit_at(v, p - 2)) free = 0;
        }
        if (!free) { p++; continue; }
        place ends[17], end = 0;
        int count = chain(v, p + (c == '('), high, ends);
        for (; count >= 7 && !end; count--)
            if (local_end(v, ends[count - 1], high, 1)) end = ends[count - 1];
        if (!end) { p++; continue; }
        if (!is_other_number(v, p, end)) {
            int covered = 0;
            size_t oldest = found->count > first + 8 ? found->count - 8 : first;
            for (size_t i = found->count; i > oldest && !covered; i--)
                covered = found->at[i - 1].start <= p && end <= found->at[i - 1].end;
            if (!covered && may_be_named(v, p, end, phone_words, phone_after)) return ASK;
        }
        p = end;
    }
    return OK;
}

static int find_in_zone(view *v, place start, place end, int digits, spans *found) {
    place low = back(v, start, 2), high = ahead(v, end, 4);
    size_t first = found->count;
    const int *enabled = v->c->enabled;
    int rc = OK;
    if (digits >= 12 && enabled[CARD]) rc = find_cards(v, low, high, found);
    if (!rc && digits >= 9 && enabled[SSN]) rc = find_ssns(v, low, high, found);
    if (!rc && enabled[V4]) rc = find_v4(v, low, high, found);
    if (!rc && digits >= 7 && enabled[PHONE]) {
        rc = find_international(v, low, high, found);
        if (!rc) rc = find_american(v, low, high, found);
        if (!rc) rc = find_named(v, low, high, found, first);
    }
    for (size_t i = first; !rc && i < found->count; i++)
        if (found->at[i].end > v->known) v->known = found->at[i].end;
    return rc;
}

static int run_detectors(view *v, spans *found) {
    const core *c = v->c;
    const byte *t = v->t;
    int rc = OK, has_digit = 0;
    if (c->enabled[EMAIL] && (rc = find_emails(v, found))) return rc;
    for (place p = 0; p < v->n;) {
        if (!IS(t[p], C_DIGIT)) { p++; continue; }
        has_digit = 1;
        if (c->enabled[IBAN] && p >= 2 && IS(t[p - 1], C_LETTER) && (rc = find_iban(v, p, found))) return rc;
        place start = p, end = ++p;
        int digits = 1, dots = 0;
        for (;;) {
            while (p < v->n && IS(t[p], C_DIGIT)) { p++; digits++; }
            end = p;
            int skipped = 0, seen = 0;
            while (skipped < 3 && p < v->n && IS(t[p], C_SEPARATOR)) { seen += t[p] == '.'; p++; skipped++; }
            if (!skipped || p >= v->n || !IS(t[p], C_DIGIT)) break;
            dots += seen;
        }
        p = end;
        if (digits >= 4 && (digits >= 7 || dots >= 3) && (rc = find_in_zone(v, start, end, digits, found))) return rc;
    }
    if (has_digit && c->enabled[V6]) rc = find_v6(v, found);
    return rc;
}

/* ---- tokens, escapes, disguises --------------------------------------------------------------------------------- */

static place sdk_token(const byte *t, place n) {
    static const char *const names[] = {"EMAIL_ADDRESS", "EMAIL", "CREDIT_CARD", "US_SSN", "SSN", "PHONE_NUMBER",
        "PHONE", "IP_ADDRESS", "IP", "IBAN_CODE", "IBAN", "PERSON", "LOCATION", NULL};
    place i = 1;
    if (n < 4 || t[0] != '[') return 0;
    if (n > 10) {
        static const char prefix[] = "redacted:";
        int k = 0;
        while (k < 9 && lower_of(t[1 + k]) == prefix[k]) k++;
        if (k == 9) i += 9;
    }
    for (const char *const *name = names; *name; name++) {
        place size = (place)strlen(*name), k = 0;
        if (n - i <= size || t[i + size] != ']') continue;
        while (k < size && lower_of(t[i + k]) == lower_of((byte)(*name)[k])) k++;
        if (k == size) return i + size + 1;
    }
    return 0;
}

static place token_here(const core *c, const byte *t, place n) {
    for (int k = 0; k < c->token_count; k++)
        if (c->tokens[k].size <= n && !memcmp(t, c->tokens[k].text, (size_t)c->tokens[k].size))
            return c->tokens[k].size;
    return sdk_token(t, n);
}

static int hex_of(int c) {
    if (is_digit(c)) return c - '0';
    int lower = c | 0x20;
    return c >= 0 && lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

static long hex4(const byte *t, place left) {
    long code = 0;
    if (left < 4) return -1;
    for (int i = 0; i < 4; i++) {
        int digit = hex_of(t[i]);
        if (digit < 0) return -1;
        code = code * 16 + digit;
    }
    return code;
}

static int utf8_size(byte lead) { return lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4; }

static long code_point(const byte *t, place left, int *size) {
    *size = utf8_size(t[0]);
    if (*size > left || t[0] < 0xC2) { *size = 1; return -1; }
    switch (*size) {
    case 2: return (t[0] & 0x1F) << 6 | (t[1] & 0x3F);
    case 3: return (t[0] & 0x0F) << 12 | (t[1] & 0x3F) << 6 | (t[2] & 0x3F);
    default: return (long)(t[0] & 0x07) << 18 | (t[1] & 0x3F) << 12 | (t[2] & 0x3F) << 6 | (t[3] & 0x3F);
    }
}

static int put_utf8(byte *to, long code) {
    if (code < 0x80) { to[0] = (byte)code; return 1; }
    if (code < 0x800) { to[0] = (byte)(0xC0 | code >> 6); to[1] = (byte)(0x80 | (code & 0x3F)); return 2; }
    if (code < 0x10000) {
        to[0] = (byte)(0xE0 | code >> 12);
        to[1] = (byte)(0x80 | (code >> 6 & 0x3F));
        to[2] = (byte)(0x80 | (code & 0x3F));
        return 3;
    }
    to[0] = (byte)(0xF0 | code >> 18);
    to[1] = (byte)(0x80 | (code >> 12 & 0x3F));
    to[2] = (byte)(0x80 | (code >> 6 & 0x3F));
    to[3] = (byte)(0x80 | (code & 0x3F));
    return 4;
}

static int fold_of(const core *c, long code) {
    if (code < 0) return FOLD_ASK;
    if (code < 0x10000) return c->fold[code];
    if ((code >= 0x1F000 && code <= 0x1FAFF) || (code >= 0x20000 && code <= 0x3FFFF)) return FOLD_KEEP;
    return FOLD_ASK; /* digits in other scripts, and letters that matter to nobody */
}

static const struct { const char *name; byte size, plain; } entities[] = {
    {"commat;", 7, '@'}, {"period;", 7, '.'}, {"lt;", 3, '<'}, {"gt;", 3, '>'}, {"amp;", 4, '&'},
    {"quot;", 5, '"'}, {"apos;", 5, '\''}, {"nbsp;", 5, ' '}, {"plus;", 5, '+'}, {"lowbar;", 7, '_'},
    {"hyphen;", 7, '-'}, {"colon;", 6, ':'}};

/* What a disguise at `i` stands for: its size in the text (0: none), its plain character (or FOLD_DROP, FOLD_ASK),
 * and for another character its code point. */
static place disguise(const core *c, const byte *t, place n, place i, int *plain, long *code) {
    byte b = t[i];
    *plain = FOLD_KEEP;
    *code = 0;
    if (b >= 0x80) {
        int size;
        *plain = fold_of(c, code_point(t + i, n - i, &size));
        return *plain == FOLD_KEEP ? 0 : size;
    }
    if (b == '%') {
        int high = i + 2 < n ? hex_of(t[i + 1]) : -1, low = i + 2 < n ? hex_of(t[i + 2]) : -1;
        if (high < 2 || high > 7 || low < 0 || !IS(t[i + 1], C_DIGIT)) return 0;
        *code = high * 16 + low;
        return 3;
    }
    if (b == '&') {
        if (i + 1 < n && t[i + 1] == '#') { *plain = FOLD_ASK; return 2; }
        for (size_t k = 0; k < sizeof entities / sizeof *entities; k++)
            if (n - i - 1 >= entities[k].size && !memcmp(t + i + 1, entities[k].name, entities[k].size)) {
                *plain = entities[k].plain;
                return entities[k].size + 1;
            }
        return 0;
    }
    if (b == '\\' && (i == 0 || t[i - 1] != '\\')) {
        place u = i;
        while (u < n && t[u] == '\\') u++;
        if (u >= n || t[u] != 'u') return 0;
        long value = hex4(t + u + 1, n - u - 1);
        if (value < 0) return 0;
        if (value < 0x80) {
            *code = value;
        } else if (value >= 0xD800 && value < 0xE000) {
            *code = 0xFFFD;
        } else {
            *plain = c->fold[value];
            *code = value;
        }
        return u + 5 - i;
    }
    return 0;
}

typedef struct { byte *t; place *starts, *ends; place n; } folded;

/* `percent` of a text that ends in two characters less: "%4" at the very end is none, as in fold.py. */
static int fold(const core *c, arena *a, const byte *t, place n, folded *f, int *any) {
    size_t room = (size_t)n + 4;
    f->t = NULL;
    *any = 0;
    place out = 0;
    for (place i = 0; i < n;) {
        int plain = FOLD_KEEP;
        long code = 0;
        place size = 0;
        byte b = t[i];
        if (b >= 0x80 || b == '%' || b == '&' || b == '\\') size = disguise(c, t, n, i, &plain, &code);
        if (size && plain == FOLD_ASK) return ASK;
        if (size && !f->t) {
            *any = 1;
            f->t = take(a, room);
            f->starts = take(a, room * sizeof(place));
            f->ends = take(a, room * sizeof(place));
            if (!f->t || !f->starts || !f->ends) return FAILED;
            memcpy(f->t, t, (size_t)i);
            for (; out < i; out++) { f->starts[out] = out; f->ends[out] = out + 1; }
        }
        if (!size) {
            if (f->t) { f->t[out] = b; f->starts[out] = i; f->ends[out] = i + 1; out++; }
            i++;
            continue;
        }
        byte made[4];
        int count = 0;
        if (plain == FOLD_KEEP) count = put_utf8(made, code);
        else if (plain != FOLD_DROP) { made[0] = (byte)plain; count = 1; }
        for (int k = 0; k < count; k++, out++) {
            f->t[out] = made[k];
            f->starts[out] = i;
            f->ends[out] = i + size;
        }
        i += size;
    }
    f->n = out;
    return OK;
}

/* ---- one text ----------------------------------------------------------------------------------------------------- */

static int by_place(const void *left, const void *right) {
    const span *a = left, *b = right;
    if (a->start != b->start) return a->start < b->start ? -1 : 1;
    if (a->end != b->end) return a->end > b->end ? -1 : 1;
    return a->kind - b->kind;
}

/* The reference compares lengths in characters; that differs from bytes inside of a disguise. */
static place characters(const byte *t, span s) {
    place count = 0;
    for (place i = s.start; i < s.end; i++) count += (t[i] & 0xC0) != 0x80;
    return count;
}

static void merge(spans *s, const byte *t) { /* as in spans.py */
    if (s->count < 2) return;
    qsort(s->at, s->count, sizeof(span), by_place);
    size_t last = 0;
    place longest = characters(t, s->at[0]);
    for (size_t i = 1; i < s->count; i++) {
        span next = s->at[i], *one = &s->at[last];
        place size = characters(t, next);
        if (next.start >= one->end) {
            s->at[++last] = next;
            longest = size;
            continue;
        }
        if (size > longest) { one->kind = next.kind; longest = size; }
        if (next.end > one->end) one->end = next.end;
    }
    s->count = last + 1;
}

/* Fills `found` with what the reference finds in the text, or says ASK. */
static int find_all(const core *c, arena *a, const byte *t, place n, const byte *hint, place hint_size, spans *found) {
    int flags = 0, disguised = 0;
    found->count = 0;
    for (place i = 0; i < n; i++) flags |= in_string[t[i]] | c->starts_token[t[i]];
    if (!(flags & (S_DIGIT | S_AT | S_AND | S_HIGH | S_ESCAPE))) return OK;
    if (flags & S_HIGH) { /* does it hold anything but letters and the like? */
        for (place i = 0; i < n; i++) {
            if (t[i] < 0x80) continue;
            int size, plain = fold_of(c, code_point(t + i, n - i, &size));
            if (plain == FOLD_ASK) return ASK;
            disguised |= plain != FOLD_KEEP;
            if (is_digit(plain)) flags |= S_DIGIT;
            if (plain == '@') flags |= S_AT;
            i += size - 1;
        }
    }
    if (!(flags & (S_DIGIT | S_AT | S_AND | S_ESCAPE))) return OK; /* each value has a digit or an at-sign */
    if (flags & (S_TOKEN | S_ESCAPE)) {
        byte *copy = NULL;
        for (place i = 0; i < n; i++) {
            place masked = c->starts_token[t[i]] ? token_here(c, t + i, n - i) : 0;
            int escape = t[i] == '\\' && i + 1 < n && t[i + 1] && strchr("bfnrt", t[i + 1]);
            if (!masked && !escape) continue;
            if (!copy) {
                if (!(copy = take(a, (size_t)n))) return FAILED;
                memcpy(copy, t, (size_t)n);
            }
            if (masked) {
                memset(copy + i, 0, (size_t)masked);
                i += masked - 1;
            } else {
                copy[i] = ' ';
                copy[i + 1] = t[i + 1] == 'n' ? '\n' : ' ';
                i++;
            }
        }
        if (copy) t = copy;
    }
    view plain = {c, t, n, hint, hint_size, 0};
    int rc = run_detectors(&plain, found);
    if (rc) return rc;
    if (disguised || (flags & (S_ESCAPE | S_AND)) || memchr(t, '%', (size_t)n)) {
        folded f = {0};
        int any;
        if ((rc = fold(c, a, t, n, &f, &any))) return rc;
        if (any) {
            spans seen = {0};
            view made = {c, f.t, f.n, hint, hint_size, 0};
            rc = run_detectors(&made, &seen);
            if (!rc && seen.count) {
                byte *covered = take(a, (size_t)n);
                if (!covered) { free(seen.at); return FAILED; }
                memset(covered, 0, (size_t)n);
                for (size_t i = 0; i < seen.count; i++) {
                    span *s = &seen.at[i];
                    s->start = f.starts[s->start];
                    s->end = f.ends[s->end - 1];
                    memset(covered + s->start, 1, (size_t)(s->end - s->start));
                }
                size_t kept = 0;
                for (size_t i = 0; i < found->count; i++) {
                    span s = found->at[i];
                    if (!memchr(covered + s.start, 1, (size_t)(s.end - s.start))) found->at[kept++] = s;
                }
                found->count = kept;
                for (size_t i = 0; i < seen.count && !rc; i++)
                    rc = add_span(found, seen.at[i].start, seen.at[i].end, seen.at[i].kind);
            }
            free(seen.at);
            if (rc) return rc;
        }
    }
    merge(found, t);
    return OK;
}

/* ---- documents ------------------------------------------------------------------------------------------------------ */

typedef struct { const byte *key; place key_size, index; int root; } frame;
typedef struct { PyObject *path; PyObject *kind; PyObject *count; } finding;

typedef struct {
    const core *c;
    arena memory;
    spans found;
    frame frames[MAX_DEPTH];
    int depth; /* of the last frame */
    PyObject *findings;
    const byte *name;
    place name_size;
} walk;

static PyObject *path_of(walk *w) {
    bytes path = {0};
    int rc = append(&path, w->name, (size_t)w->name_size);
    for (int i = 1; i <= w->depth && !rc; i++) {
        frame *f = &w->frames[i];
        if (f->root) continue;
        if (f->index < 0) {
            rc = append(&path, ".", 1);
            if (!rc) rc = append(&path, f->key, (size_t)f->key_size);
        } else {
            char step[32];
            int size = snprintf(step, sizeof step, "[%lld]", (long long)f->index);
            rc = append(&path, step, (size_t)size);
        }
    }
    PyObject *made = rc ? PyErr_NoMemory() : PyUnicode_DecodeUTF8((char *)path.at, (Py_ssize_t)path.size, "strict");
    free(path.at);
    return made;
}

static int note(walk *w, PyObject *path, PyObject *kind, PyObject *count) {
    PyObject *entry = PyTuple_Pack(3, path, kind, count);
    if (!entry) return FAILED;
    int rc = PyList_Append(w->findings, entry);
    Py_DECREF(entry);
    return rc;
}

static int encode(bytes *out, const byte *t, place n) { /* as msgspec writes it */
    static const char hex[] = "0123456789abcdef";
    int rc = append(out, "\"", 1);
    place done = 0;
    for (place i = 0; i < n && !rc; i++) {
        byte b = t[i];
        if (b >= 0x20 && b != '"' && b != '\\') continue;
        char escape[6] = {'\\', (char)b, '0', '0', '0', '0'};
        size_t size = 2;
        switch (b) {
        case '"': case '\\': break;
        case '\b': escape[1] = 'b'; break;
        case '\t': escape[1] = 't'; break;
        case '\n': escape[1] = 'n'; break;
        case '\f': escape[1] = 'f'; break;
        case '\r': escape[1] = 'r'; break;
        default: escape[1] = 'u'; escape[4] = hex[b >> 4]; escape[5] = hex[b & 15]; size = 6;
        }
        rc = append(out, t + done, (size_t)(i - done));
        if (!rc) rc = append(out, escape, size);
        done = i + 1;
    }
    if (!rc) rc = append(out, t + done, (size_t)(n - done));
    return rc ? rc : append(out, "\"", 1);
}

/* The inside of a JSON string, its escapes undone. */
static int decode(arena *a, const byte *t, place n, const byte **text, place *size) {
    byte *out = take(a, (size_t)n);
    place o = 0;
    if (!out) return FAILED;
    for (place i = 0; i < n; i++) {
        if (t[i] != '\\') { out[o++] = t[i]; continue; }
        if (++i >= n) return GIVE_UP;
        switch (t[i]) {
        case '"': case '\\': case '/': out[o++] = t[i]; break;
        case 'b': out[o++] = '\b'; break;
        case 'f': out[o++] = '\f'; break;
        case 'n': out[o++] = '\n'; break;
        case 'r': out[o++] = '\r'; break;
        case 't': out[o++] = '\t'; break;
        case 'u': {
            long code = hex4(t + i + 1, n - i - 1);
            if (code < 0) return GIVE_UP;
            i += 4;
            if (code >= 0xD800 && code < 0xE000) {
                long low = n - i > 6 && t[i + 1] == '\\' && t[i + 2] == 'u' ? hex4(t + i + 3, n - i - 3) : -1;
                if (code >= 0xDC00 || low < 0xDC00 || low > 0xDFFF) return GIVE_UP;
                code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
                i += 6;
            }
            o += put_utf8(out + o, code);
            break;
        }
        default: return GIVE_UP;
        }
    }
    *text = out;
    *size = o;
    return OK;
}

/* What the reference makes of a text: the new text in `out`, JSON; its findings are noted. */
static int ask_reference(walk *w, const byte *t, place n, const frame *f, bytes *out, int *changed) {
    PyObject *answer = PyObject_CallFunction(w->c->redact, "s#s#", (const char *)t, (Py_ssize_t)n,
                                             (const char *)f->key, (Py_ssize_t)f->key_size);
    if (!answer) return FAILED;
    PyObject *counts = PyTuple_GetItem(answer, 1), *kind, *count;
    int rc = counts ? OK : FAILED;
    if (!rc && PyDict_Size(counts) > 0) {
        Py_ssize_t size, pos = 0;
        const char *text = PyUnicode_AsUTF8AndSize(PyTuple_GetItem(answer, 0), &size);
        PyObject *path = text ? path_of(w) : NULL;
        rc = path ? OK : FAILED;
        while (!rc && PyDict_Next(counts, &pos, &kind, &count)) rc = note(w, path, kind, count);
        Py_XDECREF(path);
        if (!rc) rc = encode(out, (const byte *)text, size);
        *changed = 1;
    }
    Py_DECREF(answer);
    return rc;
}

/* Puts tokens into a text until nothing is left to find. */
static int redact_text(walk *w, const byte *t, place n, const frame *f, bytes *out, int *changed) {
    const core *c = w->c;
    int rc = find_all(c, &w->memory, t, n, f->key, f->key_size, &w->found);
    if (rc == ASK) return ask_reference(w, t, n, f, out, changed);
    if (rc || !w->found.count) return rc;
    long counts[KINDS] = {0};
    int order[KINDS], kinds = 0;
    const byte *text = t;
    place size = n;
    for (int round = 0; w->found.count; round++) {
        if (round == MAX_ROUNDS) return ask_reference(w, t, n, f, out, changed);
        size_t room = 1;
        for (size_t i = 0; i < w->found.count; i++) room += (size_t)c->token[w->found.at[i].kind].size;
        byte *made = take(&w->memory, (size_t)size + room);
        if (!made) return FAILED;
        place done = 0, o = 0;
        for (size_t i = 0; i < w->found.count; i++) {
            span s = w->found.at[i];
            int kind = s.kind == V6 ? V4 : s.kind;
            if (!counts[kind]++) order[kinds++] = kind;
            memcpy(made + o, text + done, (size_t)(s.start - done));
            o += s.start - done;
            memcpy(made + o, c->token[kind].text, (size_t)c->token[kind].size);
            o += c->token[kind].size;
            done = s.end;
        }
        memcpy(made + o, text + done, (size_t)(size - done));
        text = made;
        size = o + size - done;
        rc = find_all(c, &w->memory, text, size, f->key, f->key_size, &w->found);
        if (rc == ASK) return ask_reference(w, t, n, f, out, changed);
        if (rc) return rc;
    }
    PyObject *path = path_of(w);
    if (!path) return FAILED;
    for (int i = 0; i < kinds && !rc; i++) {
        PyObject *count = PyLong_FromLong(counts[order[i]]);
        rc = count ? note(w, path, c->name[order[i]], count) : FAILED;
        Py_XDECREF(count);
    }
    Py_DECREF(path);
    if (!rc) rc = encode(out, text, size);
    *changed = 1;
    return rc;
}

static int walk_text(walk *w, const byte *t, place n, int documents, bytes *out, int *changed);

/* A string that looks like a document; whether it is one is asked only when it matters. */
static int redact_document(walk *w, const byte *t, place n, int documents, bytes *out, int *changed) {
    if (w->depth + 1 >= MAX_DEPTH) return GIVE_UP;
    frame outer = w->frames[w->depth];
    int depth = w->depth, inner_changed = 0;
    bytes inner = {0};
    Py_ssize_t noted = PyList_Size(w->findings);
    w->frames[++w->depth] = (frame){outer.key, outer.key_size, -1, 1};
    int rc = walk_text(w, t, n, documents + 1, &inner, &inner_changed);
    w->depth = depth;
    int certain = 1;
    if (rc == OK && !inner_changed) {
        int as_text = find_all(w->c, &w->memory, t, n, outer.key, outer.key_size, &w->found);
        if (as_text == FAILED) rc = FAILED;
        else if (as_text == OK && !w->found.count) certain = 0; /* nothing in either reading */
    }
    if (rc == FAILED) { free(inner.at); return rc; }
    if (certain) {
        PyObject *answer = PyObject_CallFunction(w->c->is_document, "s#", (const char *)t, (Py_ssize_t)n);
        int document = answer ? PyObject_IsTrue(answer) : -1;
        Py_XDECREF(answer);
        if (document < 0) {
            rc = FAILED;
        } else if (document) {
            if (rc == OK && inner_changed) {
                *changed = 1;
                rc = encode(out, inner.at, (place)inner.size);
            }
        } else {
            rc = PyList_SetSlice(w->findings, noted, PyList_Size(w->findings), NULL) ? FAILED : OK;
            if (!rc) rc = redact_text(w, t, n, &outer, out, changed);
        }
    }
    free(inner.at);
    return rc;
}

static int redact_string(walk *w, const byte *t, place n, int documents, bytes *out, int *changed) {
    place i = 0;
    while (i < n && (t[i] == ' ' || t[i] == '\t' || t[i] == '\r' || t[i] == '\n')) i++;
    if (documents < MAX_DOCUMENTS && i < n && (t[i] == '{' || t[i] == '['))
        return redact_document(w, t, n, documents, out, changed);
    return redact_text(w, t, n, &w->frames[w->depth], out, changed);
}

static int splice(bytes *out, const byte *t, place *done, place start, place end, const bytes *piece) {
    int rc = append(out, t + *done, (size_t)(start - *done));
    if (!rc) rc = append(out, piece->at, piece->size);
    *done = end;
    return rc;
}

/* Walks valid JSON; of what isn't, the outcome is never used. The last frame is the root of the text. */
static int walk_text(walk *w, const byte *t, place n, int documents, bytes *out, int *any) {
    const int root = w->depth;
    place done = 0;
    int rc = OK;
    for (place p = 0; p < n;) {
        byte b = t[p];
        if (b == '"') {
            place start = p++, close;
            int flags = 0;
            for (;;) {
                int k = 0;
                while (p < n && !((k = in_string[t[p]]) & (S_END | S_ESCAPE))) { flags |= k; p++; }
                if (p >= n) return GIVE_UP;
                if (k & S_END) break;
                flags |= S_ESCAPE;
                p += 2;
            }
            close = p++;
            const byte *text = t + start + 1;
            place size = close - start - 1, next = p;
            while (next < n && (t[next] == ' ' || t[next] == '\n' || t[next] == '\r' || t[next] == '\t')) next++;
            int is_key = next < n && t[next] == ':';
            frame *f = &w->frames[w->depth];
            if (is_key) {
                if (flags & S_ESCAPE) {
                    if ((rc = decode(&w->memory, text, size, &text, &size))) return rc;
                }
                f->key = text;
                f->key_size = size;
                if (flags) {
                    rc = find_all(w->c, &w->memory, text, size, text, 0, &w->found);
                    if (rc == FAILED) return rc;
                    if (rc || w->found.count) return GIVE_UP; /* a key to be redacted, or perhaps */
                }
                continue;
            }
            if (!flags || flags == S_HIGH) {
                if (!flags) continue;
            }
            block *before = w->memory.first;
            if (flags & S_ESCAPE) {
                if ((rc = decode(&w->memory, text, size, &text, &size))) return rc;
            }
            bytes piece = {0};
            int changed = 0;
            rc = redact_string(w, text, size, documents, &piece, &changed);
            if (!rc && changed) {
                *any = 1;
                rc = splice(out, t, &done, start, p, &piece);
            }
            free(piece.at);
            release(&w->memory, before);
            if (rc) return rc;
        } else if (b == '-' || IS(b, C_DIGIT)) {
            place start = p++;
            int digits = b != '-', plain = 1;
            for (; p < n; p++) {
                byte d = t[p];
                if (IS(d, C_DIGIT)) digits++;
                else if (d == '.' || d == 'e' || d == 'E' || d == '+' || d == '-') plain = 0;
                else break;
            }
            if (!plain || digits < 7) continue;
            block *before = w->memory.first;
            bytes piece = {0};
            int changed = 0;
            rc = redact_text(w, t + start, p - start, &w->frames[w->depth], &piece, &changed);
            if (!rc && changed) {
                *any = 1;
                rc = splice(out, t, &done, start, p, &piece);
            }
            free(piece.at);
            release(&w->memory, before);
            if (rc) return rc;
        } else {
            p++;
            if (b == '{' || b == '[') {
                if (w->depth + 1 >= MAX_DEPTH) return GIVE_UP;
                frame f = w->frames[w->depth];
                w->frames[++w->depth] = (frame){f.key, f.key_size, b == '[' ? 0 : -1, 0};
            } else if (b == '}' || b == ']') {
                if (w->depth == root) return GIVE_UP;
                w->depth--;
            } else if (b == ',') {
                frame *f = &w->frames[w->depth];
                if (f->index >= 0) f->index++;
            }
        }
    }
    return *any ? append(out, t + done, (size_t)(n - done)) : OK;
}

/* ---- the module ---------------------------------------------------------------------------------------------------- */

#define CORE "jamjet_proxy.redact._core"

static void free_core(core *c) {
    if (!c) return;
    for (int k = 0; k < KINDS; k++) { free(c->token[k].text); Py_XDECREF(c->name[k]); }
    for (int k = 0; k < c->token_count; k++) free(c->tokens[k].text);
    if (c->tlds)
        for (size_t i = 0; i <= c->tld_mask; i++) free(c->tlds[i].text);
    free(c->tlds);
    free(c->issuers);
    free(c->fold);
    Py_XDECREF(c->protected);
    Py_XDECREF(c->plain_names);
    Py_XDECREF(c->redact);
    Py_XDECREF(c->is_document);
    free(c);
}

static void destroy(PyObject *capsule) { free_core(PyCapsule_GetPointer(capsule, CORE)); }

static int copy_string(string *to, PyObject *from) {
    char *text;
    Py_ssize_t size;
    if (PyBytes_AsStringAndSize(from, &text, &size)) return FAILED;
    to->text = malloc((size_t)size + 1);
    if (!to->text) { PyErr_NoMemory(); return FAILED; }
    memcpy(to->text, text, (size_t)size);
    to->size = size;
    return OK;
}

static int read_kinds(core *c, PyObject *kinds) { /* (name, token, enabled) per kind */
    for (int k = 0; k < KINDS; k++) {
        PyObject *name, *token, *entry = PySequence_GetItem(kinds, k);
        if (!entry) return FAILED;
        int rc = PyArg_ParseTuple(entry, "UOp", &name, &token, &c->enabled[k]) ? copy_string(&c->token[k], token) : FAILED;
        if (!rc) { Py_INCREF(name); c->name[k] = name; }
        Py_DECREF(entry);
        if (rc) return rc;
    }
    return OK;
}

static int read_tokens(core *c, PyObject *tokens) {
    Py_ssize_t count = PySequence_Size(tokens);
    if (count < 0) return FAILED;
    if (count > MAX_TOKENS) { PyErr_SetString(PyExc_ValueError, "too many tokens"); return FAILED; }
    c->starts_token['['] = S_TOKEN;
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *entry = PySequence_GetItem(tokens, i);
        int rc = entry ? copy_string(&c->tokens[i], entry) : FAILED;
        Py_XDECREF(entry);
        if (rc) return rc;
        c->token_count++;
        if (!c->tokens[i].size) { PyErr_SetString(PyExc_ValueError, "an empty token"); return FAILED; }
        c->starts_token[c->tokens[i].text[0]] = S_TOKEN;
    }
    return OK;
}

static int read_issuers(core *c, PyObject *issuers) { /* (first, last, width, bits of lengths) */
    Py_ssize_t count = PySequence_Size(issuers);
    if (count < 0) return FAILED;
    c->issuers = calloc((size_t)count + 1, sizeof(issuer));
    if (!c->issuers) { PyErr_NoMemory(); return FAILED; }
    for (Py_ssize_t i = 0; i < count; i++) {
        unsigned long lengths;
        issuer *one = &c->issuers[i];
        PyObject *entry = PySequence_GetItem(issuers, i);
        int ok = entry && PyArg_ParseTuple(entry, "llik", &one->first, &one->last, &one->width, &lengths);
        Py_XDECREF(entry);
        if (!ok) return FAILED;
        one->lengths = (uint32_t)lengths;
        c->issuer_count++;
    }
    return OK;
}

static int read_tlds(core *c, PyObject *tlds) {
    Py_ssize_t count = PySequence_Size(tlds);
    if (count < 0) return FAILED;
    size_t room = 64;
    while (room < (size_t)count * 4) room *= 2;
    c->tlds = calloc(room, sizeof(string));
    if (!c->tlds) { PyErr_NoMemory(); return FAILED; }
    c->tld_mask = room - 1;
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *entry = PySequence_GetItem(tlds, i);
        string label = {0};
        int rc = entry ? copy_string(&label, entry) : FAILED;
        Py_XDECREF(entry);
        if (rc) return rc;
        size_t slot = hash_of(label.text, label.size) & c->tld_mask;
        while (c->tlds[slot].text) slot = (slot + 1) & c->tld_mask;
        c->tlds[slot] = label;
    }
    return OK;
}

static int read_table(void *to, size_t size, PyObject *from) {
    char *text;
    Py_ssize_t given;
    if (PyBytes_AsStringAndSize(from, &text, &given)) return FAILED;
    if ((size_t)given != size) { PyErr_SetString(PyExc_ValueError, "a table of the wrong size"); return FAILED; }
    memcpy(to, text, size);
    return OK;
}

static PyObject *prepare(PyObject *self, PyObject *args) {
    (void)self;
    PyObject *kinds, *tokens, *issuers, *ibans, *calling, *folds, *tlds, *protected, *plain, *redact, *is_document;
    if (!PyArg_ParseTuple(args, "OOOOOOOOOOO:prepare", &kinds, &tokens, &issuers, &ibans, &calling, &folds, &tlds,
                          &protected, &plain, &redact, &is_document))
        return NULL;
    core *c = calloc(1, sizeof(core));
    if (!c) return PyErr_NoMemory();
    c->fold = malloc(65536);
    int rc = c->fold ? OK : (PyErr_NoMemory(), FAILED);
    if (!rc) rc = read_kinds(c, kinds);
    if (!rc) rc = read_tokens(c, tokens);
    if (!rc) rc = read_issuers(c, issuers);
    if (!rc) rc = read_table(c->iban_length, sizeof c->iban_length, ibans);
    if (!rc) rc = read_table(c->calling, sizeof c->calling, calling);
    if (!rc) rc = read_table(c->fold, 65536, folds);
    if (!rc) rc = read_tlds(c, tlds);
    for (int i = 0; !rc && i < 26 * 26; i++)
        if (c->iban_length[i] > 36) { PyErr_SetString(PyExc_ValueError, "an IBAN that long"); rc = FAILED; }
    Py_INCREF(c->protected = protected);
    Py_INCREF(c->plain_names = plain);
    Py_INCREF(c->redact = redact);
    Py_INCREF(c->is_document = is_document);
    PyObject *capsule = rc ? NULL : PyCapsule_New(c, CORE, destroy);
    if (!capsule) free_core(c);
    return capsule;
}

static PyObject *find(PyObject *self, PyObject *args) {
    (void)self;
    PyObject *capsule;
    const char *text, *hint;
    Py_ssize_t size, hint_size;
    if (!PyArg_ParseTuple(args, "Os#s#:find", &capsule, &text, &size, &hint, &hint_size)) return NULL;
    const core *c = PyCapsule_GetPointer(capsule, CORE);
    if (!c) return NULL;
    arena memory = {0};
    spans found = {0};
    PyObject *result = NULL;
    int rc = find_all(c, &memory, (const byte *)text, size, (const byte *)hint, hint_size, &found);
    if (rc == ASK) {
        result = Py_None;
        Py_INCREF(result);
    } else if (rc == FAILED) {
        PyErr_NoMemory();
    } else if ((result = PyList_New(0))) {
        place i = 0, characters = 0; /* from bytes to characters */
        for (size_t k = 0; k < found.count && result; k++) {
            place start, end;
            for (; i < found.at[k].start; i++) characters += (text[i] & 0xC0) != 0x80;
            start = characters;
            for (; i < found.at[k].end; i++) characters += (text[i] & 0xC0) != 0x80;
            end = characters;
            PyObject *entry = Py_BuildValue("(nnO)", start, end, c->name[found.at[k].kind]);
            if (!entry || PyList_Append(result, entry)) { Py_DECREF(result); result = NULL; }
            Py_XDECREF(entry);
        }
    }
    free(found.at);
    release(&memory, NULL);
    return result;
}

/* One field: None as it was, False to be given to the reference, or (bytes, findings). A new reference. */
static PyObject *redact_value(walk *w, const byte *t, place n) {
    bytes out = {0};
    int changed = 0;
    PyObject *result = NULL;
    w->depth = 0;
    w->frames[0] = (frame){w->name, w->name_size, -1, 1};
    w->findings = PyList_New(0);
    if (!w->findings) return NULL;
    int rc = walk_text(w, t, n, 0, &out, &changed);
    if (rc == FAILED) {
        if (!PyErr_Occurred()) PyErr_NoMemory();
    } else if (rc) {
        result = Py_False;
        Py_INCREF(result);
    } else if (!changed) {
        result = Py_None;
        Py_INCREF(result);
    } else {
        PyObject *made = PyBytes_FromStringAndSize((char *)out.at, (Py_ssize_t)out.size);
        result = made ? PyTuple_Pack(2, made, w->findings) : NULL;
        Py_XDECREF(made);
    }
    free(out.at);
    Py_DECREF(w->findings);
    release(&w->memory, NULL);
    return result;
}

static int redact_field(const core *c, walk *w, PyObject *name, PyObject *value, PyObject **changes) {
    int plain = PySet_Contains(c->protected, name);
    if (plain) return plain < 0 ? FAILED : OK;
    Py_ssize_t size;
    w->name = (const byte *)PyUnicode_AsUTF8AndSize(name, &size);
    if (!w->name) return FAILED;
    w->name_size = size;
    if ((plain = PySet_Contains(c->plain_names, name)) < 0) return FAILED;
    PyObject *result = NULL;
    if (!plain) {
        int rc = find_all(c, &w->memory, w->name, size, w->name, 0, &w->found);
        release(&w->memory, NULL);
        if (rc == FAILED) { PyErr_NoMemory(); return FAILED; }
        if (rc || w->found.count) return GIVE_UP;
    }
    Py_buffer raw;
    if (PyObject_GetBuffer(value, &raw, PyBUF_SIMPLE)) return FAILED;
    result = redact_value(w, raw.buf, raw.len);
    PyBuffer_Release(&raw);
    if (!result) return FAILED;
    int rc = OK;
    if (result == Py_False) {
        rc = GIVE_UP;
    } else if (result != Py_None) {
        if (!*changes) *changes = PyDict_New();
        rc = *changes ? PyDict_SetItem(*changes, name, result) : FAILED;
    }
    Py_DECREF(result);
    return rc;
}

static PyObject *redact_fields(PyObject *self, PyObject *args) {
    (void)self;
    PyObject *capsule, *fields, *name, *value, *changes = NULL;
    if (!PyArg_ParseTuple(args, "OO!:redact_fields", &capsule, &PyDict_Type, &fields)) return NULL;
    const core *c = PyCapsule_GetPointer(capsule, CORE);
    if (!c) return NULL;
    walk *w = malloc(sizeof(walk));
    if (!w) return PyErr_NoMemory();
    w->c = c;
    w->memory.first = NULL;
    w->found = (spans){0};
    int rc = OK;
    Py_ssize_t pos = 0;
    while (!rc && PyDict_Next(fields, &pos, &name, &value)) {
        Py_INCREF(name);
        Py_INCREF(value);
        rc = redact_field(c, w, name, value, &changes);
        Py_DECREF(name);
        Py_DECREF(value);
    }
    free(w->found.at);
    free(w);
    if (rc == OK && changes) return changes;
    Py_XDECREF(changes);
    if (rc == FAILED) return NULL;
    changes = rc ? Py_False : Py_None;
    Py_INCREF(changes);
    return changes;
}

static PyMethodDef methods[] = {
    {"prepare", prepare, METH_VARARGS, "Return a core for one set of rules."},
    {"find", find, METH_VARARGS, "Return the spans of a text, or None when the reference has to decide."},
    {"redact_fields", redact_fields, METH_VARARGS,
     "Return None when an event stays, False when the reference has to decide, or what changes."},
    {NULL, NULL, 0, NULL}};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_core", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__core(void) {
    make_classes();
    return PyModule_Create(&module);
}
