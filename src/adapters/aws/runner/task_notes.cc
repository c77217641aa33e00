#include "adapters/aws/runner/task_notes.h"

#include <boost/json.hpp>

#include "adapters/aws/json_member.h"

namespace sluice::aws::runner {
namespace {

namespace json = boost::json;

constexpr const char* kFile = "runner-tasks.json";

}  // namespace

Result<std::vector<TaskNote>> TaskNotes::read() {
  TRY_ASSIGN(const auto object,
             files_.read_object(kFile, "it names tasks of jobs; without it none that are left over are stopped"));
  std::vector<TaskNote> notes;
  if (!object) return notes;
  for (const json::object* each : objects_in(*object, "tasks")) {
    notes.push_back({.access = {text_member(*each, "region"), text_member(*each, "role")},
                     .cluster = text_member(*each, "cluster"),
                     .started_by = text_member(*each, "started_by"),
                     .bucket = text_member(*each, "bucket"),
                     .prefix = text_member(*each, "prefix")});
  }
  return notes;
}

Status TaskNotes::write(const std::vector<TaskNote>& notes) {
  json::array tasks;
  for (const TaskNote& note : notes) {
    tasks.push_back(json::object{{"region", note.access.region},
                                 {"role", note.access.role},
                                 {"cluster", note.cluster},
                                 {"started_by", note.started_by},
                                 {"bucket", note.bucket},
                                 {"prefix", note.prefix}});
  }
  return files_.keep(kFile, json::serialize(json::object{{"version", 1}, {"tasks", std::move(tasks)}}),
                     "the names of tasks of jobs");
}

Status TaskNotes::add(const TaskNote& note) {
  const std::scoped_lock lock(mutex_);
  TRY_ASSIGN(std::vector<TaskNote> notes, read());
  notes.push_back(note);
  return write(notes);
}

Status TaskNotes::remove(const std::string& started_by) {
  const std::scoped_lock lock(mutex_);
  TRY_ASSIGN(std::vector<TaskNote> notes, read());
  std::erase_if(notes, [&](const TaskNote& note) { return note.started_by == started_by; });
  return write(notes);
}

Result<std::vector<TaskNote>> TaskNotes::all() {
  const std::scoped_lock lock(mutex_);
  return read();
}

}  // namespace sluice::aws::runner
