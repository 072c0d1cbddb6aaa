/* Cards, social security numbers and telephones: as in card.py, ssn.py and phone.py.
 *
 * `low` and `high` bound a group of digits with its neighbourhood; what lies at `high` and beyond isn't seen ahead. */
#include "core.h"

static int behind_number(const view *v, place i) { /* (?<!\d[.\-]) */
    return i >= 2 && (v->t[i - 1] == '.' || v->t[i - 1] == '-') && IS(v->t[i - 2], C_DIGIT);
}

static int ends_here(const view *v, place i, place high, int underscore) { /* (?!\w)(?![.\-]\d) */
    int c = within(v, i, high);
    if (c < 0) return 1;
    if (IS(c, ALNUM) || (underscore && c == '_')) return 0;
    return !((c == '.' || c == '-') && is_digit(within(v, i + 1, high)));
}

/* ---- cards ------------------------------------------------------------------------------------------------------- */

static place card_candidate(const view *v, place p, place high, place *tail) {
    *tail = -1;
    if (is_alnum(at(v, p - 1)) || behind_number(v, p)) return 0;
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

static int has_issuer(const tables *c, const byte *digits, int size) {
    for (int k = 0; k < c->issuer_count; k++) {
        const issuer *entry = &c->issuers[k];
        long prefix = 0;
        for (int i = 0; i < entry->width && i < size; i++) prefix = prefix * 10 + digits[i];
        if (entry->first <= prefix && prefix <= entry->last && (entry->lengths >> size & 1)) return 1;
    }
    return 0;
}

static int luhn(const byte *digits, int size) {
    int total = 0;
    for (int i = 0; i < size; i++) {
        int d = digits[size - 1 - i];
        if (i % 2) d = d > 4 ? 2 * d - 9 : 2 * d;
        total += d;
    }
    return total % 10 == 0;
}

static int is_labelled_otherwise(const tables *c, const window *w) {
    int start, end;
    if (!word_at_end(w, w->size, &start, &end)) return 0;
    if (is_one_of(&c->number_words, w->at + start, end - start) && !word_at_end(w, start, &start, &end)) return 0;
    return is_one_of(&c->not_a_card, w->at + start, end - start);
}

static int is_card(const view *v, place start, place end) {
    const tables *c = v->c->tables;
    byte digits[24];
    int size = 0, grouped = 0;
    for (place i = start; i < end; i++) {
        if (!IS(v->t[i], C_DIGIT)) { grouped = 1; continue; }
        if (size == 20) return 0;
        digits[size++] = v->t[i] - '0';
    }
    if (!has_issuer(c, digits, size)) return 0;
    window w;
    if (luhn(digits, size)) {
        if (grouped) return 1;
        look_before(v, start, &w);
        return !is_labelled_otherwise(c, &w);
    }
    if (size != 16) return 0;
    look_before(v, start, &w);
    return last_word_applies(&c->card, c, &w);
}

int find_cards(const view *v, place low, place high, spans *found) {
    for (place p = low; p < high && p < v->n;) {
        place tail, end;
        if (!is_digit(v->t[p]) || !(end = card_candidate(v, p, high, &tail))) { p++; continue; }
        int verdict = is_card(v, p, end);
        if (!verdict && tail > 0) verdict = is_card(v, p, end = tail);
        if (verdict && add_span(found, p, end, CARD)) return FAILED;
        p = verdict ? end : p + 4;
    }
    return OK;
}

/* ---- social security numbers ---------------------------------------------------------------------------------------- */

static place ssn_end(const view *v, place p, place high, int *by) {
    const byte *t = v->t;
    if (run_of_digits(v, p, high, 3) != 3 || is_word(at(v, p - 1)) || behind_number(v, p)) return 0;
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

static int is_named(const view *v, place start, place end, const phrases *words, const phrases *after) {
    window w;
    look_before(v, start, &w);
    if (last_word_applies(words, v->c->tables, &w)) return 1;
    look_after(v, end, &w);
    return is_followed_by(after, v->c->tables, &w);
}

int find_ssns(const view *v, place low, place high, spans *found) {
    const tables *c = v->c->tables;
    for (place p = low; p < high && p < v->n;) {
        int by = 0;
        place end = is_digit(v->t[p]) ? ssn_end(v, p, high, &by) : 0;
        if (!end) { p++; continue; }
        if ((by == '-' || is_named(v, p, end, &c->ssn, &c->after_ssn)) && add_span(found, p, end, SSN)) return FAILED;
        p = end;
    }
    return OK;
}

/* ---- telephones: international --------------------------------------------------------------------------------------- */

/* The digits from `p`, at most three separators between two of them: fills `ends`, returns how many. */
static int chain(const view *v, place p, place high, place ends[17]) {
    int count = 0;
    while (count < 17) {
        place i = p;
        if (count)
            for (int skipped = 0; skipped < 3 && within(v, i, high) >= 0 && IS(v->t[i], C_SEPARATOR); skipped++) i++;
        if (!is_digit(within(v, i, high))) break;
        ends[count++] = p = i + 1;
    }
    return count;
}

/* \+[0-9]{1,3}\.[0-9]{4,7} */
static int is_coordinate(const byte *t, place start, place end) {
    place i = start + 1, dot = i;
    while (dot < end && IS(t[dot], C_DIGIT)) dot++;
    if (dot - i < 1 || dot - i > 3 || dot >= end || t[dot] != '.') return 0;
    for (i = dot + 1; i < end && IS(t[i], C_DIGIT); i++) {}
    return i == end && end - dot - 1 >= 4 && end - dot - 1 <= 7;
}

static void plan_of(const tables *c, const byte *t, place start, place end, int *fewest, int *most) {
    int code = 0, width = 0, zero = 0;
    *fewest = 1;
    *most = 0;
    for (place i = start; i < end; i++) {
        if (i + 2 < end && !memcmp(t + i, "(0)", 3)) zero = 1;
        if (!IS(t[i], C_DIGIT) || width == 3 || *most) continue;
        code = code * 10 + t[i] - '0';
        const byte *plan = c->calling[width++][code];
        if (plan[1]) { *fewest = plan[0]; *most = plan[1]; }
    }
    if (*most) *most += zero;
}

static place international_end(const view *v, place start, place end) {
    const byte *t = v->t;
    int fewest, most, count = 0, fitting = 0;
    place last = 0, before = 0;
    plan_of(v->c->tables, t, start, end, &fewest, &most);
    if (!most || is_coordinate(t, start, end)) return 0;
    for (place i = start; i < end; i++) {
        if (!IS(t[i], C_DIGIT)) continue;
        count++;
        if ((i + 1 == end || !IS(t[i + 1], C_DIGIT)) && fewest <= count && count <= most) {
            before = last;
            last = i + 1;
            fitting++;
        }
    }
    int lone = fitting > 1 && last - 3 >= start && t[last - 2] == ' ' && IS(t[last - 3], C_DIGIT);
    return lone ? before : last;
}

static int find_international(const view *v, place low, place high, spans *found) {
    for (place p = low; p < high && p < v->n;) {
        if (v->t[p] != '+' || is_word(at(v, p - 1)) || at(v, p - 1) == '+') { p++; continue; }
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

/* ---- telephones: North American --------------------------------------------------------------------------------------- */

static int exchange(const view *v, place p, place high) { /* [2-9]\d\d */
    return run_of_digits(v, p, high, 3) == 3 && v->t[p] >= '2';
}

static int local_end(const view *v, place i, place high, int wide) { /* (?!(?!x\d)\w|[.\-]\d) */
    int c = within(v, i, high), d = is_digit(within(v, i + 1, high));
    if (c < 0) return 1;
    if (is_word(c)) return c == 'x' && d;
    if (c == '.' || c == '-' || (wide && (c == ',' || c == ':' || c == '/'))) return !d;
    return 1;
}

static place american_body(const view *v, place q, place high) {
    int c = within(v, q, high);
    place i;
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
        if ((c == '(' || IS(c, C_DIGIT)) && !is_word(at(v, p - 1)) && !behind_number(v, p)) {
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

/* ---- telephones: beside a word ------------------------------------------------------------------------------------------ */

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

/* Does a dotted quad stand in it, with no digit or dot beside? */
static int holds_quad(const view *v, place start, place end) {
    for (place p = start; p < end; p++) {
        if (!is_digit(v->t[p])) continue;
        if (p > start && (is_digit(v->t[p - 1]) || v->t[p - 1] == '.')) continue;
        place stop = dotted_quad(v, p, end);
        if (stop && within(v, stop, end) != '.' && !is_digit(within(v, stop, end))) return 1;
    }
    return 0;
}

/* A decimal fraction, the end of a DOI, an object identifier: digits and single dots alone. */
static int is_dotted_number(const byte *t, place start, place end) {
    int dots = 0, run = 0, lengths[4] = {0}, lone = 0;
    for (place i = start; i < end; i++) {
        if (IS(t[i], C_DIGIT)) { run++; continue; }
        if (t[i] != '.' || !run) return 0;
        if (dots && run == 1) lone = 1;
        if (dots < 4) lengths[dots] = run;
        dots++;
        run = 0;
    }
    if (!run || !dots) return 0;
    if (run == 1) lone = 1;
    if (dots < 4) lengths[dots] = run;
    if (dots == 1) return !(t[start] == '0' && lengths[0] > 1);
    if (dots >= 3) return lone;
    int year = lengths[0] == 4 && ((t[start] == '1' && t[start + 1] == '9') || (t[start] == '2' && t[start + 1] == '0'));
    return year && lengths[1] == 2 && lengths[2] == 3;
}

static int is_other_number(const view *v, place start, place end) {
    int count = 0, plain = 1;
    for (place i = start; i < end; i++) {
        if (IS(v->t[i], C_DIGIT)) count++;
        else plain = 0;
    }
    int wide = !plain || (v->t[start] == '0' && at(v, start + 1) == '0') || v->t[start] == '(';
    if (count > (wide ? 15 : 13) || is_date(v, start, end) || holds_quad(v, start, end)) return 1;
    return is_dotted_number(v->t, start, end);
}

static int find_named(const view *v, place low, place high, spans *found) {
    const tables *c = v->c->tables;
    for (place p = low; p < high && p < v->n;) {
        byte b = v->t[p];
        int one = at(v, p - 1), free = b == '(' || IS(b, C_DIGIT);
        if (free && one >= 0) {
            free = !is_word(one) && one != '+';
            if (free && one && strchr(".,:-/ ", one) && is_digit(at(v, p - 2))) free = 0;
        }
        if (!free) { p++; continue; }
        place ends[17], end = 0;
        int count = chain(v, p + (b == '('), high, ends);
        for (; count >= 7 && !end; count--)
            if (local_end(v, ends[count - 1], high, 1)) end = ends[count - 1];
        if (!end) { p++; continue; }
        if (!is_other_number(v, p, end) && is_named(v, p, end, &c->phone, &c->after_phone) &&
            add_span(found, p, end, PHONE))
            return FAILED;
        p = end;
    }
    return OK;
}

int find_phones(const view *v, place low, place high, spans *found) {
    int rc = find_international(v, low, high, found);
    if (!rc) rc = find_american(v, low, high, found);
    return rc ? rc : find_named(v, low, high, found);
}
