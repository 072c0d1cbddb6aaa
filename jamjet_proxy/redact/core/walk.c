/* Raw JSON, token by token: as in walk.py. What is not redacted stays byte for byte. */
#include "core.h"

#include <stdio.h>

#define MAX_DEPTH 128   /* open objects and arrays, those of documents within strings included */
#define MAX_DOCUMENTS 8 /* documents within strings of documents */
#define MAX_ROUNDS 4

typedef struct {
    const byte *key;
    place key_size, index;
    int root;   /* the top of a document within a string: no step of the path */
    int id;     /* the key is that of a trace's id or time */
    int secret; /* the key may name a secret, or holds a token, which says nothing */
    int asked;  /* Python decides on every value here */
} frame;

typedef struct {
    const core *c;
    const python *with;
    arena memory;
    spans found;
    frame frames[MAX_DEPTH];
    int depth; /* of the last frame */
    PyObject *findings;
    const byte *name;
    place name_size;
} walk;

/* ---- text in and out -------------------------------------------------------------------------------------------- */

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

static int splice(bytes *out, const byte *t, place *done, place start, place end, const bytes *piece) {
    int rc = append(out, t + *done, (size_t)(start - *done));
    if (!rc) rc = append(out, piece->at, piece->size);
    *done = end;
    return rc;
}

/* ---- where a value stands ----------------------------------------------------------------------------------------- */

static PyObject *path_of(walk *w) {
    bytes path = {0};
    int rc = append(&path, w->name, (size_t)w->name_size), named = w->name_size > 0;
    for (int i = 1; i <= w->depth && !rc; i++) {
        frame *f = &w->frames[i];
        if (f->root) continue;
        if (f->index < 0) {
            rc = named ? append(&path, ".", 1) : OK;
            if (!rc) rc = append(&path, f->key, (size_t)f->key_size);
        } else {
            char step[32];
            int size = snprintf(step, sizeof step, "[%lld]", (long long)f->index);
            rc = append(&path, step, (size_t)size);
        }
        named = 1;
    }
    PyObject *made = rc ? PyErr_NoMemory() : PyUnicode_DecodeUTF8((char *)path.at, (Py_ssize_t)path.size, "strict");
    free(path.at);
    return made;
}

/* Does the key, without `_` and in lower case, end with traceid, spanid or timeunixnano? */
static int names_id(const byte *key, place size) {
    static const char *const endings[] = {"diecart", "dinaps", "onanxinuemit"}; /* backwards */
    for (int k = 0; k < 3; k++) {
        const char *e = endings[k];
        place i = size;
        while (*e && i > 0) {
            byte c = key[--i];
            if (c == '_') continue;
            if (lower_of(c) != (byte)*e) break;
            e++;
        }
        if (!*e) return 1;
    }
    return 0;
}

/* Is it one of the operator's keys? Compared as plain_key of paths.py does; not ASCII: Python has to say. */
static int is_watched(const walk *w, const byte *key, place size) {
    byte plain[128];
    place o = 0;
    for (place i = 0; i < size; i++) {
        if (key[i] >= 0x80 || o == (place)sizeof plain) return 1;
        if (key[i] != '_' && key[i] != '-' && !IS(key[i], C_SPACE) && !(key[i] >= 28 && key[i] <= 31)) plain[o++] = lower_of(key[i]);
    }
    PyObject *name = PyUnicode_DecodeUTF8((char *)plain, o, "strict");
    int found = name ? PySet_Contains(w->with->keys, name) : FAILED;
    Py_XDECREF(name);
    return found;
}

static int name_frame(const walk *w, frame *f, const byte *key, place size, int inherited) {
    f->key = key;
    f->key_size = size;
    f->id = names_id(key, size);
    f->secret = (w->c->enabled[SECRET] && may_name_secret(w->c->tables, key, size)) || holds_token(w->c, key, size);
    f->asked = inherited;
    if (!inherited && w->with->keys != Py_None) f->asked = is_watched(w, key, size);
    return f->asked < 0 ? FAILED : OK;
}

/* The way to the value as Python's `Place` wants it: keys and places in arrays; None when nothing depends on it. */
static PyObject *steps_of(const walk *w) {
    if (w->with->keys == Py_None && w->with->is_hit == Py_None) return Py_NewRef(Py_None);
    PyObject *steps = PyList_New(0);
    for (int i = 0; i <= w->depth && steps; i++) {
        const frame *f = &w->frames[i];
        if (i && f->root) continue;
        PyObject *step = f->index < 0 || !i ? PyUnicode_DecodeUTF8((const char *)f->key, f->key_size, "strict") : PyLong_FromSsize_t(f->index);
        if (!step || PyList_Append(steps, step)) { Py_DECREF(steps); steps = NULL; }
        Py_XDECREF(step);
    }
    return steps;
}

int is_hit(const python *with, const byte *t, place n) {
    if (with->is_hit == Py_None) return 0;
    PyObject *answer = PyObject_CallFunction(with->is_hit, "s#", (const char *)t, (Py_ssize_t)n);
    int hit = answer ? PyObject_IsTrue(answer) : FAILED;
    Py_XDECREF(answer);
    return hit;
}

static int is_hex(const byte *t, place n) {
    for (place i = 0; i < n; i++)
        if (!IS(t[i], C_HEX)) return 0;
    return n > 0;
}

static int note(walk *w, PyObject *path, PyObject *kind, PyObject *count) {
    PyObject *entry = PyTuple_Pack(3, path, kind, count);
    if (!entry) return FAILED;
    int rc = PyList_Append(w->findings, entry);
    Py_DECREF(entry);
    return rc;
}

/* ---- one string or number -------------------------------------------------------------------------------------------- */

/* What Python makes of it: the new text in `out`, JSON; its findings are noted. */
static int ask_python(walk *w, const byte *t, place n, const frame *f, int number, bytes *out, int *changed) {
    PyObject *steps = steps_of(w);
    PyObject *answer = steps ? PyObject_CallFunction(w->with->leaf, "s#s#iO", (const char *)t, (Py_ssize_t)n, (const char *)f->key,
                                                     (Py_ssize_t)f->key_size, number, steps) : NULL;
    Py_XDECREF(steps);
    if (!answer) return FAILED;
    PyObject *text = PyTuple_GetItem(answer, 0), *counts = PyTuple_GetItem(answer, 1), *kind, *count;
    Py_ssize_t size, pos = 0;
    const char *made = text ? PyUnicode_AsUTF8AndSize(text, &size) : NULL;
    int rc = made && counts ? OK : FAILED;
    if (!rc && PyDict_Size(counts) > 0) {
        PyObject *path = path_of(w);
        rc = path ? OK : FAILED;
        while (!rc && PyDict_Next(counts, &pos, &kind, &count)) rc = note(w, path, kind, count);
        Py_XDECREF(path);
    }
    if (!rc && (size != n || memcmp(made, t, (size_t)n))) {
        rc = encode(out, (const byte *)made, size);
        *changed = 1;
    }
    Py_DECREF(answer);
    return rc;
}

/* Puts the tokens of `found` into a text; afterwards they are where `found` says. */
static int put_tokens(const core *c, arena *a, spans *found, const byte **text, place *size) {
    size_t room = (size_t)*size + 1;
    for (size_t i = 0; i < found->count; i++) room += (size_t)c->token[found->at[i].kind].size;
    byte *made = take(a, room);
    if (!made) return FAILED;
    place done = 0, o = 0;
    for (size_t i = 0; i < found->count; i++) {
        span *s = &found->at[i];
        const string *token = &c->token[s->kind];
        memcpy(made + o, *text + done, (size_t)(s->start - done));
        o += s->start - done;
        done = s->end;
        s->start = o;
        memcpy(made + o, token->text, (size_t)token->size);
        s->end = o += token->size;
    }
    memcpy(made + o, *text + done, (size_t)(*size - done));
    *text = made;
    *size = o + *size - done;
    return OK;
}

static int holds_key_block(const byte *t, place n) {
    for (const byte *p = t; (p = memchr(p, '-', (size_t)(t + n - p))); p++)
        if (t + n - p > 10 && !memcmp(p, "-----BEGIN", 10)) return 1;
    return 0;
}

/* What comes to light beside tokens: only on their lines, since nothing but a private key goes beyond its line. */
static int find_again(const core *c, arena *a, spans *found, const byte *t, place n, const byte *hint, place hint_size) {
    if (holds_key_block(t, n)) return find_all(c, a, t, n, hint, hint_size, found);
    spans fresh = {0}, line = {0};
    place looked = 0;
    int rc = OK;
    for (size_t i = 0; i < found->count && !rc; i++) {
        place start = found->at[i].start, end = found->at[i].end;
        if (start < looked) continue;
        while (start > 0 && t[start - 1] != '\n') start--;
        const byte *stop = memchr(t + end, '\n', (size_t)(n - end));
        looked = stop ? stop - t : n;
        rc = find_all(c, a, t + start, looked - start, hint, start ? 0 : hint_size, &line);
        for (size_t k = 0; k < line.count && !rc; k++)
            rc = add_span(&fresh, start + line.at[k].start, start + line.at[k].end, line.at[k].kind);
    }
    free(line.at);
    free(found->at);
    *found = fresh;
    return rc;
}

int replace_all(const core *c, arena *a, spans *found, const byte *t, place n, const byte *hint, place hint_size,
                const byte **made_text, place *made_size, long counts[KINDS], int order[KINDS], int *kinds) {
    for (int round = 0; found->count; round++) {
        if (round == MAX_ROUNDS) return ASK;
        for (size_t i = 0; i < found->count; i++) {
            int kind = found->at[i].kind == V6 ? V4 : found->at[i].kind;
            if (!counts[kind]++) order[(*kinds)++] = kind;
        }
        int rc = put_tokens(c, a, found, &t, &n);
        if (!rc) rc = find_again(c, a, found, t, n, hint, hint_size);
        if (rc) return rc;
    }
    *made_text = t;
    *made_size = n;
    return OK;
}

/* Puts tokens into a text until nothing is left to find. */
static int redact_text(walk *w, const byte *t, place n, const frame *f, int number, bytes *out, int *changed) {
    const core *c = w->c;
    int rc = f->asked ? 1 : is_hit(w->with, t, n);
    if (rc < 0) return FAILED;
    if (rc) return ask_python(w, t, n, f, number, out, changed);
    if (f->id && is_hex(t, n)) return OK;
    if (f->secret) return ask_python(w, t, n, f, number, out, changed);
    rc = find_all(c, &w->memory, t, n, f->key, f->key_size, &w->found);
    if (rc == ASK || (!rc && w->found.count && !c->replaces)) return ask_python(w, t, n, f, number, out, changed);
    if (rc || !w->found.count) return rc;
    long counts[KINDS] = {0};
    int order[KINDS], kinds = 0;
    const byte *text = t;
    place size = n;
    rc = replace_all(c, &w->memory, &w->found, t, n, f->key, f->key_size, &text, &size, counts, order, &kinds);
    if (!rc) rc = is_hit(w->with, text, size); /* beside a token the operator's rules may find something more */
    if (rc == ASK) return ask_python(w, t, n, f, number, out, changed);
    if (rc) return rc;
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

/* ---- documents within strings --------------------------------------------------------------------------------------------- */

static int walk_text(walk *w, const byte *t, place n, int documents, bytes *out, int *changed);

static int is_document(walk *w, const byte *t, place n) {
    PyObject *answer = PyObject_CallFunction(w->c->is_document, "s#", (const char *)t, (Py_ssize_t)n);
    int document = answer ? PyObject_IsTrue(answer) : FAILED;
    Py_XDECREF(answer);
    return document;
}

static int walk_document(walk *w, const byte *t, place n, int documents, bytes *inner, int *changed) {
    frame outer = w->frames[w->depth];
    int depth = w->depth;
    outer.index = -1;
    outer.root = 1;
    w->frames[++w->depth] = outer;
    int rc = walk_text(w, t, n, documents + 1, inner, changed);
    w->depth = depth;
    return rc;
}

/* A string that looks like a document; whether it is one is asked only when it matters. */
static int redact_document(walk *w, const byte *t, place n, int documents, bytes *out, int *changed) {
    if (w->depth + 1 >= MAX_DEPTH) return GIVE_UP;
    frame outer = w->frames[w->depth];
    int inner_changed = 0, document = -2;
    bytes inner = {0};
    Py_ssize_t noted = PyList_Size(w->findings);
    if (!w->c->replaces && (document = is_document(w, t, n)) < 0) return FAILED; /* Python's numbers can't be taken back */
    int rc = document == 0 ? GIVE_UP : walk_document(w, t, n, documents, &inner, &inner_changed);
    if (document == -2 && rc != FAILED) {
        int as_text = OK;
        if (rc == OK && !inner_changed && PyList_Size(w->findings) == noted && !outer.secret)
            as_text = find_all(w->c, &w->memory, t, n, outer.key, outer.key_size, &w->found);
        else
            as_text = ASK;
        if (as_text == FAILED) rc = FAILED;
        else if (as_text == ASK || w->found.count) document = is_document(w, t, n);
        if (document == FAILED) rc = FAILED;
    }
    if (rc != FAILED && document == 0) {
        rc = PyList_SetSlice(w->findings, noted, PyList_Size(w->findings), NULL) ? FAILED : OK;
        if (!rc) rc = redact_text(w, t, n, &outer, 0, out, changed);
    } else if (rc == OK && inner_changed) {
        *changed = 1;
        rc = encode(out, inner.at, (place)inner.size);
    }
    free(inner.at);
    return rc;
}

static int redact_string(walk *w, const byte *t, place n, int documents, bytes *out, int *changed) {
    place i = 0;
    while (i < n && (t[i] == ' ' || t[i] == '\t' || t[i] == '\r' || t[i] == '\n')) i++;
    if (documents < MAX_DOCUMENTS && i < n && (t[i] == '{' || t[i] == '['))
        return w->frames[w->depth].asked ? GIVE_UP : redact_document(w, t, n, documents, out, changed);
    return redact_text(w, t, n, &w->frames[w->depth], 0, out, changed);
}

/* ---- the walk: valid JSON; of what isn't, the outcome is never used -------------------------------------------------------- */

typedef struct { place start, end; int signs; } lexeme;

/* The inside of the string whose quotation mark is at `p`; 0 when it has no end. */
static int read_string(const byte *t, place n, place p, lexeme *s) {
    s->start = ++p;
    s->signs = 0;
    for (;;) {
        int k = 0;
        while (p < n && !((k = sign_of[t[p]]) & (S_END | S_ESCAPE))) { s->signs |= k; p++; }
        if (p >= n) return 0;
        s->end = p;
        if (k & S_END) return 1;
        s->signs |= S_ESCAPE;
        p += 2;
    }
}

static int on_key(walk *w, const byte *t, lexeme s) {
    const byte *text = t + s.start;
    place size = s.end - s.start;
    if ((s.signs & S_ESCAPE) && decode(&w->memory, text, size, &text, &size)) return GIVE_UP;
    frame *f = &w->frames[w->depth];
    int inherited = w->depth && w->frames[w->depth - 1].asked, rc;
    if (name_frame(w, f, text, size, inherited)) return FAILED;
    if ((rc = is_hit(w->with, text, size))) return rc < 0 ? FAILED : GIVE_UP;
    if (!s.signs && size < 12) return OK;
    rc = find_all(w->c, &w->memory, text, size, text, 0, &w->found);
    if (rc == FAILED) return rc;
    return rc || w->found.count ? GIVE_UP : OK; /* a key to be redacted, or perhaps */
}

static int on_string(walk *w, const byte *t, lexeme s, int documents, bytes *piece, int *changed) {
    const byte *text = t + s.start;
    place size = s.end - s.start;
    int rc = s.signs & S_ESCAPE ? decode(&w->memory, text, size, &text, &size) : OK;
    return rc ? rc : redact_string(w, text, size, documents, piece, changed);
}

/* Numbers that may be somebody's: whole ones of seven digits and more here, fractions and exponents by Python. */
static int on_number(walk *w, const byte *t, place start, place end, bytes *piece, int *changed) {
    const frame *f = &w->frames[w->depth];
    place first = start + (t[start] == '-'), p = first;
    while (p < end && IS(t[p], C_DIGIT)) p++;
    place whole = p - first;
    if (f->asked) return ask_python(w, t + start, end - start, f, 1, piece, changed);
    if (w->with->is_hit != Py_None) {
        int hit = is_hit(w->with, t + start, end - start);
        if (hit) return hit < 0 ? FAILED : ask_python(w, t + start, end - start, f, 1, piece, changed);
    }
    if (p == end) return whole >= 6 ? redact_text(w, t + start, end - start, f, 1, piece, changed) : OK;
    int zeros = 1;
    if (t[p] == '.')
        for (p++; p < end && IS(t[p], C_DIGIT); p++) zeros &= t[p] == '0';
    if (p == end) { /* a fraction that is none */
        if (!zeros || whole < 6) return OK;
    } else if (t[p + 1] == '-') { /* what is left of it is an exponent */
        return OK;
    }
    return ask_python(w, t + start, end - start, f, 1, piece, changed);
}

static int open_or_close(walk *w, byte b, int root) {
    frame *f = &w->frames[w->depth];
    if (b == '{' || b == '[') {
        if (w->depth + 1 >= MAX_DEPTH) return GIVE_UP;
        frame inner = *f;
        inner.index = b == '[' ? 0 : -1;
        inner.root = 0;
        w->frames[++w->depth] = inner;
    } else if (b == '}' || b == ']') {
        if (w->depth == root) return GIVE_UP;
        w->depth--;
    } else if (b == ',' && f->index >= 0) {
        f->index++;
    }
    return OK;
}

static int walk_text(walk *w, const byte *t, place n, int documents, bytes *out, int *any) {
    const int root = w->depth;
    place done = 0;
    for (place p = 0; p < n;) {
        byte b = t[p];
        place start = p;
        block *before = w->memory.first;
        bytes piece = {0};
        int rc, changed = 0;
        if (b == '"') {
            lexeme s;
            if (!read_string(t, n, p, &s)) return GIVE_UP;
            place next = p = s.end + 1;
            while (next < n && (t[next] == ' ' || t[next] == '\n' || t[next] == '\r' || t[next] == '\t')) next++;
            if (next < n && t[next] == ':') {
                if ((rc = on_key(w, t, s))) return rc;
                continue;
            }
            frame *f = &w->frames[w->depth];
            if (!s.signs && s.end - s.start < 12 && !f->secret && !f->asked && w->with->is_hit == Py_None) continue;
            rc = on_string(w, t, s, documents, &piece, &changed);
        } else if (b == '-' || IS(b, C_DIGIT)) {
            for (p++; p < n && (IS(t[p], C_DIGIT) || (t[p] && strchr(".eE+-", t[p]))); p++) {}
            rc = on_number(w, t, start, p, &piece, &changed);
        } else {
            p++;
            if ((rc = open_or_close(w, b, root))) return rc;
            continue;
        }
        if (!rc && changed) {
            *any = 1;
            rc = splice(out, t, &done, start, p, &piece);
        }
        free(piece.at);
        release(&w->memory, before);
        if (rc) return rc;
    }
    return *any ? append(out, t + done, (size_t)(n - done)) : OK;
}

PyObject *redact_value(const core *c, const python *with, const byte *name, place name_size, const byte *t, place n) {
    walk *w = malloc(sizeof(walk));
    if (!w) return PyErr_NoMemory();
    bytes out = {0};
    int changed = 0;
    PyObject *result = NULL;
    w->c = c;
    w->with = with;
    w->memory.first = NULL;
    w->found = (spans){0};
    w->name = name;
    w->name_size = name_size;
    w->depth = 0;
    w->frames[0] = (frame){.index = -1, .root = 1};
    w->findings = PyList_New(0);
    int rc = w->findings && !name_frame(w, &w->frames[0], name, name_size, 0) ? walk_text(w, t, n, 0, &out, &changed) : FAILED;
    if (rc == FAILED) {
        if (!PyErr_Occurred()) PyErr_NoMemory();
    } else if (rc) {
        result = Py_NewRef(Py_False);
    } else if (!changed && !PyList_Size(w->findings)) {
        result = Py_NewRef(Py_None);
    } else {
        PyObject *made = changed ? PyBytes_FromStringAndSize((char *)out.at, (Py_ssize_t)out.size) : Py_NewRef(Py_None);
        result = made ? PyTuple_Pack(2, made, w->findings) : NULL;
        Py_XDECREF(made);
    }
    free(out.at);
    Py_XDECREF(w->findings);
    free(w->found.at);
    release(&w->memory, NULL);
    free(w);
    return result;
}
