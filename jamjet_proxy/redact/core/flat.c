/* JSON text with its escapes undone, for a first look at what the strings in it may hold. */
#include "core.h"

#define MAX_LEVELS 8 /* documents within strings of documents, as walk.c follows them, and the outermost */

static place escaped_code(const byte *t, place n, place i, long *code) { /* \uXXXX, also a pair of them */
    long high = hex4(t + i + 2, n - i - 2);
    *code = high;
    if (high < 0) return 0;
    if (high < 0xD800 || high > 0xDFFF) return 6;
    long low = n - i > 11 && t[i + 6] == '\\' && t[i + 7] == 'u' ? hex4(t + i + 8, n - i - 8) : -1;
    if (high > 0xDBFF || low < 0xDC00 || low > 0xDFFF) { *code = 0xFFFD; return 6; }
    *code = 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
    return 12;
}

/* Undoes one level of escapes; quotation marks become line ends. `*more` says whether there may be another level. */
static place undo(const byte *t, place n, byte *out, int *more) {
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    place o = 0;
    for (place i = 0; i < n;) {
        place next = next_sign(sign_of, S_ESCAPE | S_END, t, i, n);
        memcpy(out + o, t + i, (size_t)(next - i));
        o += next - i;
        if ((i = next) == n) break;
        const char *known = t[i] == '\\' && i + 1 < n && t[i + 1] ? strchr(from, t[i + 1]) : NULL;
        long code;
        place size;
        if (known) {
            out[o++] = (byte)to[known - from];
            *more |= t[i + 1] == '\\';
            i += 2;
        } else if (t[i] == '\\' && i + 1 < n && t[i + 1] == 'u' && (size = escaped_code(t, n, i, &code))) {
            o += put_utf8(out + o, code);
            *more |= code == '\\';
            i += size;
        } else {
            out[o++] = t[i] == '"' ? '\n' : t[i];
            i++;
        }
    }
    return o;
}

/* The same of the lines that have an escape: a string of a document within a string has no line end of its own. */
static place undo_lines(const byte *t, place n, byte *out, int *more) {
    place o = 0, start = 0;
    while (start < n) {
        const byte *stop = memchr(t + start, '\n', (size_t)(n - start));
        place end = stop ? stop - t : n;
        if (memchr(t + start, '\\', (size_t)(end - start))) {
            o += undo(t + start, end - start, out + o, more);
            out[o++] = '\n';
        }
        start = end + 1;
    }
    return o;
}

/* All levels of a text, one behind the other: each string of it stands somewhere between two line ends. */
int flatten(const byte *t, place n, bytes *out) {
    int more = 0, rc = OK;
    byte *from = malloc((size_t)n + 2), *to = malloc((size_t)n + 2);
    if (!from || !to) rc = FAILED;
    else n = undo(t, n, from, &more);
    for (int level = 0; !rc; level++) {
        rc = append(out, from, (size_t)n);
        if (!rc) rc = append(out, "\n", 1);
        if (!more || level == MAX_LEVELS) break;
        more = 0;
        n = undo_lines(from, n, to, &more);
        byte *spare = from;
        from = to;
        to = spare;
    }
    free(from);
    free(to);
    return rc;
}
