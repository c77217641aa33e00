#include "application/image_retention.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "application/image_stage.h"

namespace sluice::application {
namespace {

/// Of all services, newest first. What is older had its turn after each of these.
constexpr int kRememberedDeployments = 200;

std::string registry_of(const std::string& reference) { return reference.substr(0, reference.find('/')); }

/// The name that ImageStage::build gives.
image::BuiltImage built_image(const ports::ImageRecord& record) {
  image::BuiltImage built{.project = record.project,
                          .service = record.service,
                          .commit = record.commit,
                          .name = built_image_name(record.project, record.service, record.commit),
                          .references = {},
                          .used_at = record.used_at};
  for (const auto& [repository, digest] : record.digests) built.references.push_back(repository + "@" + digest);
  return built;
}

}  // namespace

std::shared_ptr<ImageRetention> ImageRetention::create(const Controller& controller, std::shared_ptr<ImageGate> gate,
                                                       ImageRetentionPorts ports) {
  return std::shared_ptr<ImageRetention>(new ImageRetention(controller, std::move(gate), std::move(ports)));
}

void ImageRetention::on_event(const Deployment& deployment, const rollout::Event&, TimePoint) {
  if (deployment.state.outcome) prune_soon();
}

void ImageRetention::prune_soon() {
  if (std::exchange(is_scheduled_, true)) return;
  // Later, when the journal has the deployment's end.
  ports_.executor.at(ports_.clock.now(), [weak = weak_from_this()] {
    const auto self = weak.lock();
    if (!self) return;
    self->is_scheduled_ = false;
    self->prune();
  });
}

void ImageRetention::prune() {
  gate_->enter_alone([weak = weak_from_this()](const ImageGate::Use& use) {
    if (const auto self = weak.lock()) self->prune_alone(use);
  });
}

bool ImageRetention::is_deploying() const {
  if (!controller_.queued().empty()) return true;  // It may begin by itself at any time.
  return std::ranges::any_of(controller_.deployments(), [](const Deployment* each) { return !each->state.outcome; });
}

void ImageRetention::prune_alone(const ImageGate::Use& use) {
  if (is_deploying()) return;  // Its end comes here again.
  auto deployed = deployed_images();
  if (!deployed) return ports_.log("old images stay: " + deployed.error().message);
  ports_.executor.run(
      ports::Executor::Lane::Ordinary,
      [self = shared_from_this(), deployed = std::move(*deployed)] { self->remove(deployed); }, [use] {});
}

Result<std::vector<image::ServiceImages>> ImageRetention::deployed_images() const {
  std::map<rollout::ServiceKey, image::ServiceImages> services;
  TRY_ASSIGN(const auto live, ports_.journal.all_live());
  for (const auto& each : live) services[each.service].needed.push_back(each.revision.image);
  // Ended, and not yet settled in every respect.
  for (const Deployment* each : controller_.deployments()) {
    const rollout::Plan& plan = each->state.plan;
    services[plan.service].needed.push_back(plan.green.image);
    if (plan.blue) services[plan.service].needed.push_back(plan.blue->image);
  }
  TRY_ASSIGN(const auto history, ports_.journal.history(std::nullopt, kRememberedDeployments));
  for (const auto& ended : history) services[ended.service].deployed.push_back(ended.image);
  std::vector<image::ServiceImages> result;
  for (auto& [service, images] : services) {
    TRY_ASSIGN(const auto revisions, ports_.journal.revisions(service, image::kKeptRevisions + 1));
    for (const auto& revision : revisions) images.needed.push_back(revision.image);
    result.push_back(std::move(images));
  }
  return result;
}

/// Off the strand.
void ImageRetention::remove(const std::vector<image::ServiceImages>& deployed) {
  std::vector<image::ServiceImages> all = deployed;
  const auto records = ports_.records.all();
  if (!records) return ports_.log("old images stay: " + records.error().message);
  std::map<std::pair<std::string, std::string>, image::ServiceImages> built;
  for (const ports::ImageRecord& record : *records) {
    built[{record.project, record.service}].built.push_back(built_image(record));
  }
  for (auto& [service, images] : built) all.push_back(std::move(images));
  const image::RemovableImages removable = image::removable_images(all, ports_.clock.now());
  const auto removed = remove_names(removable);
  if (!removed) return ports_.log("old images stay: " + removed.error().message);
  if (*removed > 0) ports_.log(fmt::format("took {} names of old images away", *removed));
  const Status forgotten = remove_from_registries(removable.references);
  if (!forgotten) ports_.log("old images stay in the registry: " + forgotten.error().message);
}

Result<int> ImageRetention::remove_names(const image::RemovableImages& removable) {
  TRY_ASSIGN(const auto list, ports_.store.names());
  const std::set<std::string> there(list.begin(), list.end());
  int removed = 0;
  // True when the name is there no more.
  const auto remove_name = [&](const std::string& name) {
    if (!there.contains(name)) return true;
    const Status done = ports_.store.remove(name);
    if (done) ++removed;
    // Of a container that has not gone yet, or of somebody else's: the next time may find it free.
    const bool in_use = !done && done.error().kind == ErrorKind::Conflict;
    if (!done && !in_use) ports_.log("an old image stays: " + done.error().message);
    return done.has_value() || done.error().kind == ErrorKind::NotFound;
  };
  for (const std::string& reference : removable.references) remove_name(reference);
  for (const image::BuiltImage& built : removable.built) {
    if (!remove_name(built.name)) continue;
    if (const Status gone = ports_.records.remove(built.project, built.service, built.commit); !gone) {
      ports_.log("a record of an old image stays: " + gone.error().message);
    }
  }
  return removed;
}

Status ImageRetention::remove_from_registries(const std::set<std::string>& references) {
  std::set<std::string> changed;
  for (const std::string& reference : references) {
    if (!ports_.registry.is_own(registry_of(reference))) continue;
    TRY_ASSIGN(const bool was_there, ports_.registry.remove(reference));
    if (was_there) changed.insert(registry_of(reference));
  }
  for (const std::string& registry : changed) TRY(ports_.registry.collect(registry));
  return {};
}

}  // namespace sluice::application
