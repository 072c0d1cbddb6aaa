/* What Python sees: `load` the tables, `prepare` a set of rules, then `find`, `redact`, `redact_fields`. */
#include "core.h"

#define TABLES "jamjet_proxy.redact.tables"
#define CORE "jamjet_proxy.redact.core"

int add_tld(tables *c, string label);

/* ---- reading what Python hands over ------------------------------------------------------------------------------------ */

int copy_string(string *to, PyObject *from) {
    Py_ssize_t size;
    char *text;
    if (PyUnicode_Check(from)) {
        text = (char *)PyUnicode_AsUTF8AndSize(from, &size);
        if (!text) return FAILED;
    } else if (PyBytes_AsStringAndSize(from, &text, &size)) {
        return FAILED;
    }
    to->text = malloc((size_t)size + 1);
    if (!to->text) { PyErr_NoMemory(); return FAILED; }
    memcpy(to->text, text, (size_t)size);
    to->text[size] = 0;
    to->size = size;
    return OK;
}

static PyObject *entry_of(PyObject *given, const char *name) { /* borrowed */
    PyObject *entry = PyDict_GetItemString(given, name);
    if (!entry) PyErr_Format(PyExc_KeyError, "no table %s", name);
    return entry;
}

static int read_strings(strings *to, PyObject *list) {
    Py_ssize_t count = list ? PySequence_Size(list) : -1;
    if (count < 0) return FAILED;
    to->at = calloc((size_t)count + 1, sizeof(string));
    if (!to->at) { PyErr_NoMemory(); return FAILED; }
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *one = PySequence_GetItem(list, i);
        int rc = one ? copy_string(&to->at[i], one) : FAILED;
        Py_XDECREF(one);
        if (rc) return rc;
        to->count++;
    }
    return OK;
}

static void free_strings(strings *s) {
    for (int i = 0; i < s->count; i++) free(s->at[i].text);
    free(s->at);
}

static int by_first_and_group(const void *left, const void *right) {
    const phrase *a = left, *b = right;
    if (a->text.text[0] != b->text.text[0]) return a->text.text[0] - b->text.text[0];
    if (a->group != b->group) return a->group - b->group;
    return a->text.size == b->text.size ? 0 : a->text.size > b->text.size ? -1 : 1;
}

static int read_phrases(phrases *to, PyObject *list) { /* (text, group, begins a word, ends one, not behind ...) */
    Py_ssize_t count = list ? PySequence_Size(list) : -1;
    if (count < 0) return FAILED;
    to->at = calloc((size_t)count + 1, sizeof(phrase));
    if (!to->at) { PyErr_NoMemory(); return FAILED; }
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *text, *one = PySequence_GetItem(list, i);
        int group, head, tail, not_phone;
        int ok = one && PyArg_ParseTuple(one, "Uippp", &text, &group, &head, &tail, &not_phone) &&
                 !copy_string(&to->at[i].text, text);
        Py_XDECREF(one);
        if (!ok) return FAILED;
        to->at[i].group = (byte)group;
        to->at[i].head = (byte)head;
        to->at[i].tail = (byte)tail;
        to->at[i].not_phone = (byte)not_phone;
        to->count++;
    }
    qsort(to->at, (size_t)count, sizeof(phrase), by_first_and_group);
    for (int c = 0, k = 0; c <= 256; c++) {
        while (k < to->count && to->at[k].text.text[0] < c) k++;
        to->first[c] = k;
    }
    return OK;
}

static void free_phrases(phrases *p) {
    for (int i = 0; i < p->count; i++) free(p->at[i].text.text);
    free(p->at);
}

static int read_bytes(void *to, size_t size, PyObject *from) {
    char *text;
    Py_ssize_t given;
    if (!from || PyBytes_AsStringAndSize(from, &text, &given)) return FAILED;
    if ((size_t)given != size) { PyErr_SetString(PyExc_ValueError, "a table of the wrong size"); return FAILED; }
    memcpy(to, text, size);
    return OK;
}

/* ---- the tables --------------------------------------------------------------------------------------------------------- */

static int read_issuers(tables *c, PyObject *issuers) { /* (first, last, width, bits of lengths) */
    Py_ssize_t count = issuers ? PySequence_Size(issuers) : -1;
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

static int read_tlds(tables *c, PyObject *tlds) {
    Py_ssize_t count = tlds ? PySequence_Size(tlds) : -1;
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
        add_tld(c, label);
    }
    return OK;
}

static void free_tables(tables *c) {
    phrases *all[] = {&c->phone, &c->after_phone, &c->ssn, &c->after_ssn, &c->card, &c->updates, &c->too_far};
    strings *lists[] = {&c->no_phone, &c->not_a_card, &c->number_words, &c->version, &c->version_parts,
        &c->section_marks, &c->list_words, &c->methods, &c->entities, &c->entity_plain, &c->prefixes, &c->secret_names,
        &c->before_key};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) free_phrases(all[i]);
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) free_strings(lists[i]);
    if (c->tlds)
        for (size_t i = 0; i <= c->tld_mask; i++) free(c->tlds[i].text);
    free(c->tlds);
    free(c->issuers);
    free(c);
}

static void destroy_tables(PyObject *capsule) { free_tables(PyCapsule_GetPointer(capsule, TABLES)); }

static void note_beginning(tables *c, const byte *word, place size) {
    for (int third = 0; third < 256; third++) {
        if (size > 2 && third != word[2]) continue;
        c->begins[three_hash(word[0], word[1], (byte)third)] = 1;
    }
}

/* Words that count in any case are noted in each. */
static void note_beginnings(tables *c) {
    static const char *const words[] = {"bea", "bas", "tok"};
    for (int k = 0; k < c->prefixes.count; k++) note_beginning(c, c->prefixes.at[k].text, c->prefixes.at[k].size);
    note_beginning(c, (const byte *)"hoo", 3);
    for (int k = 0; k < 3; k++)
        for (int capitals = 0; capitals < 8; capitals++) {
            byte word[3];
            for (int i = 0; i < 3; i++) word[i] = (byte)(words[k][i] - (capitals >> i & 1 ? 32 : 0));
            note_beginning(c, word, 3);
        }
}

static void note_pair(tables *c, byte one, byte two) { /* in any case */
    for (int capitals = 0; capitals < 4; capitals++) {
        byte first = capitals & 1 && IS(one, C_LETTER) ? (byte)(one - 32) : one;
        byte second = capitals & 2 && IS(two, C_LETTER) ? (byte)(two - 32) : two;
        unsigned pair = (unsigned)first << 8 | second;
        c->ends[pair >> 3] |= (byte)(1 << (pair & 7));
    }
}

static void note_ends(tables *c) {
    for (int k = 0; k < c->secret_names.count; k++) {
        const string *name = &c->secret_names.at[k];
        note_pair(c, name->text[name->size - 2], name->text[name->size - 1]);
        note_pair(c, name->text[name->size - 1], 's');
    }
}

static int read_tables(tables *c, PyObject *given) {
    const struct { const char *name; phrases *to; } all[] = {
        {"phone", &c->phone}, {"after_phone", &c->after_phone}, {"ssn", &c->ssn}, {"after_ssn", &c->after_ssn},
        {"card", &c->card}, {"updates", &c->updates}, {"too_far", &c->too_far}};
    const struct { const char *name; strings *to; } lists[] = {
        {"no_phone", &c->no_phone}, {"not_a_card", &c->not_a_card}, {"number_words", &c->number_words},
        {"version", &c->version}, {"version_parts", &c->version_parts}, {"section_marks", &c->section_marks},
        {"list_words", &c->list_words}, {"methods", &c->methods}, {"entities", &c->entities},
        {"entity_plain", &c->entity_plain}, {"prefixes", &c->prefixes}, {"secret_names", &c->secret_names},
        {"before_key", &c->before_key}};
    int rc = OK;
    for (size_t i = 0; !rc && i < sizeof all / sizeof *all; i++) rc = read_phrases(all[i].to, entry_of(given, all[i].name));
    for (size_t i = 0; !rc && i < sizeof lists / sizeof *lists; i++) rc = read_strings(lists[i].to, entry_of(given, lists[i].name));
    if (!rc) rc = read_bytes(c->iban_length, sizeof c->iban_length, entry_of(given, "iban_length"));
    if (!rc) rc = read_bytes(c->calling, sizeof c->calling, entry_of(given, "calling"));
    if (!rc) rc = read_bytes(c->fold, sizeof c->fold, entry_of(given, "fold"));
    if (!rc) rc = read_bytes(c->foreign, sizeof c->foreign, entry_of(given, "foreign"));
    if (!rc) rc = read_issuers(c, entry_of(given, "issuers"));
    if (!rc) rc = read_tlds(c, entry_of(given, "tlds"));
    for (int i = 0; !rc && i < 26 * 26; i++)
        if (c->iban_length[i] > 36) { PyErr_SetString(PyExc_ValueError, "an IBAN that long"); rc = FAILED; }
    if (!rc) note_beginnings(c);
    if (!rc) note_ends(c);
    return rc;
}

static PyObject *load(PyObject *self, PyObject *given) {
    (void)self;
    tables *c = calloc(1, sizeof(tables));
    if (!c) return PyErr_NoMemory();
    PyObject *capsule = read_tables(c, given) ? NULL : PyCapsule_New(c, TABLES, destroy_tables);
    if (!capsule) free_tables(c);
    return capsule;
}

/* ---- one set of rules ----------------------------------------------------------------------------------------------------- */

static void free_core(core *c) {
    PyObject *held[] = {c->tables_capsule, c->secrets, c->is_document, c->protected, c->plain_names};
    for (int k = 0; k < KINDS; k++) { free(c->token[k].text); Py_XDECREF(c->name[k]); }
    for (size_t k = 0; k < sizeof held / sizeof *held; k++) Py_XDECREF(held[k]);
    free_strings(&c->tokens);
    free_strings(&c->openings);
    free(c);
}

static void destroy(PyObject *capsule) { free_core(PyCapsule_GetPointer(capsule, CORE)); }

static int read_kinds(core *c, PyObject *kinds) { /* (name, token, enabled) per kind */
    for (int k = 0; k < KINDS; k++) {
        PyObject *name, *token, *entry = PySequence_GetItem(kinds, k);
        if (!entry) return FAILED;
        int rc = PyArg_ParseTuple(entry, "UUp", &name, &token, &c->enabled[k]) ? copy_string(&c->token[k], token) : FAILED;
        if (!rc) c->name[k] = Py_NewRef(name);
        Py_DECREF(entry);
        if (rc) return rc;
    }
    return OK;
}

static int read_tokens(core *c, strings *to, PyObject *tokens) {
    int rc = read_strings(to, tokens);
    c->starts_token['['] = S_TOKEN;
    for (int i = 0; i < to->count && !rc; i++) {
        if (to->at[i].size) c->starts_token[to->at[i].text[0]] = S_TOKEN;
        else { PyErr_SetString(PyExc_ValueError, "an empty token"); rc = FAILED; }
    }
    return rc;
}

static PyObject *prepare(PyObject *self, PyObject *args) {
    (void)self;
    PyObject *capsule, *kinds, *tokens, *openings, *secrets, *is_document, *protected, *plain;
    int replaces;
    if (!PyArg_ParseTuple(args, "OOOOpOOOO:prepare", &capsule, &kinds, &tokens, &openings, &replaces, &secrets, &is_document,
                          &protected, &plain))
        return NULL;
    core *c = calloc(1, sizeof(core));
    if (!c) return PyErr_NoMemory();
    c->tables = PyCapsule_GetPointer(capsule, TABLES);
    c->tables_capsule = Py_NewRef(capsule);
    c->replaces = replaces;
    c->secrets = Py_NewRef(secrets);
    c->is_document = Py_NewRef(is_document);
    c->protected = Py_NewRef(protected);
    c->plain_names = Py_NewRef(plain);
    int rc = c->tables ? read_kinds(c, kinds) : FAILED;
    if (!rc) rc = read_tokens(c, &c->tokens, tokens);
    if (!rc) rc = read_tokens(c, &c->openings, openings);
    for (int b = 0; b < 256; b++) c->signs[b] = sign_of[b] | c->starts_token[b];
    PyObject *made = rc ? NULL : PyCapsule_New(c, CORE, destroy);
    if (!made) free_core(c);
    return made;
}

/* ---- one text ------------------------------------------------------------------------------------------------------------- */

static PyObject *as_list(const core *c, const byte *t, const spans *found) {
    PyObject *result = PyList_New(0);
    place i = 0, characters = 0; /* from bytes to characters */
    for (size_t k = 0; k < found->count && result; k++) {
        span s = found->at[k];
        if (s.start < i) i = characters = 0; /* candidates may overlap */
        characters += count_characters(t, i, s.start);
        i = s.start;
        PyObject *entry = Py_BuildValue("(nnO)", characters, characters + count_characters(t, s.start, s.end), c->name[s.kind]);
        if (!entry || PyList_Append(result, entry)) { Py_DECREF(result); result = NULL; }
        Py_XDECREF(entry);
    }
    return result;
}

static PyObject *find_by(PyObject *args, int (*finder)(const core *, arena *, const byte *, place, const byte *, place, spans *)) {
    PyObject *capsule;
    const char *text, *hint;
    Py_ssize_t size, hint_size;
    if (!PyArg_ParseTuple(args, "Os#s#", &capsule, &text, &size, &hint, &hint_size)) return NULL;
    const core *c = PyCapsule_GetPointer(capsule, CORE);
    if (!c) return NULL;
    arena memory = {0};
    spans found = {0};
    PyObject *result = NULL;
    int rc = finder(c, &memory, (const byte *)text, size, (const byte *)hint, hint_size, &found);
    if (rc == OK) sort_spans(&found);
    if (rc == ASK) result = Py_NewRef(Py_None);
    else if (rc == OK) result = as_list(c, (const byte *)text, &found);
    else if (!PyErr_Occurred()) PyErr_NoMemory();
    free(found.at);
    release(&memory, NULL);
    return result;
}

static PyObject *find(PyObject *self, PyObject *args) {
    (void)self;
    return find_by(args, find_all);
}

static PyObject *candidates(PyObject *self, PyObject *args) {
    (void)self;
    return find_by(args, find_candidates);
}

static PyObject *redact(PyObject *self, PyObject *args) {
    (void)self;
    PyObject *capsule, *given;
    if (!PyArg_ParseTuple(args, "OU:redact", &capsule, &given)) return NULL;
    const core *c = PyCapsule_GetPointer(capsule, CORE);
    Py_ssize_t size;
    const byte *text = c ? (const byte *)PyUnicode_AsUTF8AndSize(given, &size) : NULL;
    if (!text) return NULL;
    arena memory = {0};
    spans found = {0};
    long counts[KINDS] = {0};
    int order[KINDS], kinds = 0;
    place made_size = size;
    PyObject *result = NULL;
    int rc = find_all(c, &memory, text, size, text, 0, &found);
    if (!rc && !found.count) result = Py_NewRef(given);
    else if (!rc) rc = c->replaces ? replace_all(c, &memory, &found, text, size, text, 0, &text, &made_size, counts, order, &kinds) : ASK;
    if (rc == ASK) result = Py_NewRef(Py_None);
    else if (rc == FAILED && !PyErr_Occurred()) PyErr_NoMemory();
    else if (!rc && !result) result = PyUnicode_DecodeUTF8((const char *)text, made_size, "strict");
    free(found.at);
    release(&memory, NULL);
    return result;
}

/* ---- one event ------------------------------------------------------------------------------------------------------------- */

static int is_searched_name(const core *c, const python *with, const byte *name, place size) { /* OK, GIVE_UP or FAILED */
    int hit = is_hit(with, name, size);
    if (hit) return hit < 0 ? FAILED : GIVE_UP;
    arena memory = {0};
    spans found = {0};
    int rc = find_all(c, &memory, name, size, name, 0, &found);
    if (rc != FAILED) rc = rc || found.count ? GIVE_UP : OK;
    free(found.at);
    release(&memory, NULL);
    return rc;
}

static int redact_field(const core *c, const python *with, PyObject *name, PyObject *value, PyObject **changes) {
    int plain = PySet_Contains(c->protected, name);
    if (plain) return plain < 0 ? FAILED : OK;
    Py_ssize_t size;
    const byte *text = (const byte *)PyUnicode_AsUTF8AndSize(name, &size);
    if (!text || (plain = PySet_Contains(c->plain_names, name)) < 0) return FAILED;
    int rc = plain ? OK : is_searched_name(c, with, text, size);
    if (rc) return rc;
    Py_buffer raw;
    if (PyObject_GetBuffer(value, &raw, PyBUF_SIMPLE)) return FAILED;
    PyObject *result = redact_value(c, with, text, size, raw.buf, raw.len);
    PyBuffer_Release(&raw);
    if (!result) return FAILED;
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
    python with;
    if (!PyArg_ParseTuple(args, "OO!OOO:redact_fields", &capsule, &PyDict_Type, &fields, &with.leaf, &with.keys, &with.is_hit))
        return NULL;
    const core *c = PyCapsule_GetPointer(capsule, CORE);
    if (!c) return NULL;
    int rc = OK;
    Py_ssize_t pos = 0;
    while (!rc && PyDict_Next(fields, &pos, &name, &value)) {
        Py_INCREF(name);
        Py_INCREF(value);
        rc = redact_field(c, &with, name, value, &changes);
        Py_DECREF(name);
        Py_DECREF(value);
    }
    if (rc == OK && changes) return changes;
    Py_XDECREF(changes);
    if (rc == FAILED) {
        if (!PyErr_Occurred()) PyErr_NoMemory();
        return NULL;
    }
    return Py_NewRef(rc ? Py_False : Py_None);
}

static PyObject *flat(PyObject *self, PyObject *given) {
    (void)self;
    char *text;
    Py_ssize_t size;
    if (PyBytes_AsStringAndSize(given, &text, &size)) return NULL;
    bytes out = {0};
    PyObject *made = flatten((const byte *)text, size, &out) ? PyErr_NoMemory()
                                                            : PyBytes_FromStringAndSize((char *)out.at, (Py_ssize_t)out.size);
    free(out.at);
    return made;
}

static PyMethodDef methods[] = {
    {"load", load, METH_O, "Return the tables that all sets of rules share."},
    {"prepare", prepare, METH_VARARGS, "Return a core for one set of rules."},
    {"find", find, METH_VARARGS, "Return the spans of a text, or None when the reference has to decide."},
    {"candidates", candidates, METH_VARARGS, "Return the spans before they are merged, unsorted, or None likewise."},
    {"redact", redact, METH_VARARGS, "Return a text redacted, or None when the reference has to do it."},
    {"redact_fields", redact_fields, METH_VARARGS,
     "Return None when an event stays, False when the reference has to decide, or what changes."},
    {"flat", flat, METH_O, "Return JSON text with the escapes of all its levels undone, for a first look."},
    {NULL, NULL, 0, NULL}};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_core", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__core(void) {
    make_classes();
    return PyModule_Create(&module);
}
