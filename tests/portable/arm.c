// Lays an image of records where it was made for, lets compiled code draw, run, measure and judge in it, and writes it back.
// arm IMAGE BASE SEED, then addresses of rows of words: NUMBER_COLUMNS RUN_NUMBERS TABLES VALUES CLIENTS STATE KEPT WITHOUT
// PROGRAM SETTLED VISITS VISITS_WITHOUT COHORT ROOM MEASURED QUESTIONS BOUNDS JUDGE_ROOM VERDICTS
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

int64_t draw_numbers(void *number_columns, void *run_numbers, uint64_t seed);
int64_t settle_numbers(void *number_columns, void *run_numbers);
int64_t prepare_values(void *tables, void *values);
int64_t simulate_block(void *tables, void *values, void *clients, void *state, void *kept, void *before, void *other,
                       uint64_t seed, uint8_t offered, uint8_t is_run);
int64_t measure_block(void *program, void *settled, void *visits, void *without, void *cohort, void *room, void *measured,
                      int64_t begin);
int64_t judge_block(void *questions, void *found, void *bounds, void *room, void *verdicts);

static void *address(const char *text) { return (void *)(uintptr_t)strtoull(text, 0, 10); }

int main(int count, char **given) {
  FILE *file = fopen(given[1], "r+b");
  if (count != 23 || !file) return 1;
  fseek(file, 0, SEEK_END);
  size_t size = ftell(file);
  rewind(file);
  char *image = mmap(address(given[2]), size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  if (image != address(given[2]) || fread(image, 1, size, file) != size) return 2;
  uint64_t seed = strtoull(given[3], 0, 10);
  void *row[19];
  for (int k = 0; k < 19; k++) row[k] = address(given[4 + k]);
  draw_numbers(row[0], row[1], seed);
  settle_numbers(row[0], row[1]);
  prepare_values(row[2], row[3]);
  long long with = simulate_block(row[2], row[3], row[4], row[5], row[6], row[6], row[6], seed, 1, 0);
  long long without = simulate_block(row[2], row[3], row[4], row[5], row[7], row[7], row[7], seed, 0, 0);
  long long measured = measure_block(row[8], row[9], row[10], row[11], row[12], row[13], row[14], 0);
  judge_block(row[15], row[14], row[16], row[17], row[18]);
  printf("[%lld, %lld, %lld]\n", with, without, measured);
  rewind(file);
  return fwrite(image, 1, size, file) == size && fclose(file) == 0 ? 0 : 3;
}
