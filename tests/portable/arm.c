// Lays the image of an engine's arrays where it was made for, runs the engine on it, and writes it back.
// arm IMAGE BASE SEED OFFERED TABLES VALUES CLIENTS STATE KEPT
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

int64_t prepare_values(void *tables, void *values);
int64_t simulate_block(void *tables, void *values, void *clients, void *state, void *kept, void *before, uint64_t seed,
                       uint8_t offered, uint8_t is_run);

static void *address(const char *text) { return (void *)(uintptr_t)strtoull(text, 0, 10); }

int main(int count, char **given) {
  FILE *file = fopen(given[1], "r+b");
  if (count != 10 || !file) return 1;
  fseek(file, 0, SEEK_END);
  size_t size = ftell(file);
  rewind(file);
  char *image = mmap(address(given[2]), size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  if (image != address(given[2]) || fread(image, 1, size, file) != size) return 2;
  prepare_values(address(given[5]), address(given[6]));
  long long status = simulate_block(address(given[5]), address(given[6]), address(given[7]), address(given[8]), address(given[9]),
                                    address(given[9]), strtoull(given[3], 0, 10), atoi(given[4]), 0);
  printf("%lld\n", status);
  rewind(file);
  return fwrite(image, 1, size, file) == size && fclose(file) == 0 ? 0 : 3;
}
