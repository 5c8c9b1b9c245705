#ifndef ROKUSHA_CASEFILE_CASEFILE_FORMAT_H
#define ROKUSHA_CASEFILE_CASEFILE_FORMAT_H

/* Objects of the format that are checked here and read, if at all, from the pending script. */
struct shape;
extern const struct shape shape_step, shape_minutes, shape_bonds, shape_outcome, shape_stage,
    shape_expectation, shape_denial, shape_forbidden;

#endif
