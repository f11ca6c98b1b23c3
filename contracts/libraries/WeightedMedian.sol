// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title The median of a few observations by weight
library WeightedMedian {
    /// @param price what was observed
    /// @param weight how much it counts, positive
    /// @param confidence half width of the observation's own uncertainty
    /// @param publishedAt when it was true
    /// @param source whose it is, for the caller to know it again
    struct Observation {
        uint256 price;
        uint256 weight;
        uint256 confidence;
        uint256 publishedAt;
        uint256 source;
    }

    /// @notice Puts an observation in its place among the first `count` of `list`, which are in order of price.
    function insert(Observation[] memory list, uint256 count, Observation memory item) internal pure {
        while (count > 0 && list[count - 1].price > item.price) {
            list[count] = list[count - 1];
            --count;
        }
        list[count] = item;
    }

    /// @notice The price at which half of the weight lies on either side, and the time that belongs to it.
    /// @dev Where two observations share the middle: their mean, rounded down, and the older time.
    /// @param list in order of price, `count` > 0
    function median(
        Observation[] memory list,
        uint256 count
    ) internal pure returns (uint256 value, uint256 publishedAt) {
        uint256 total = totalWeight(list, count);
        uint256 i;
        uint256 below = list[0].weight;
        while (below * 2 < total) below += list[++i].weight;
        (value, publishedAt) = (list[i].price, list[i].publishedAt);
        if (below * 2 == total) {
            value = (value + list[i + 1].price) / 2;
            if (list[i + 1].publishedAt < publishedAt) publishedAt = list[i + 1].publishedAt;
        }
    }

    /// @notice Mean distance of the observations from `value`, and their mean confidence, by weight, rounded up.
    function spread(
        Observation[] memory list,
        uint256 count,
        uint256 value
    ) internal pure returns (uint256 dispersion, uint256 confidence) {
        uint256 total = totalWeight(list, count);
        for (uint256 i; i < count; ++i) {
            Observation memory item = list[i];
            uint256 distance = item.price > value ? item.price - value : value - item.price;
            dispersion += item.weight * distance;
            confidence += item.weight * item.confidence;
        }
        dispersion = (dispersion + total - 1) / total;
        confidence = (confidence + total - 1) / total;
    }

    /// @notice The observation farthest from `value`, and how far that is; the lower one of two. `count` > 0.
    function farthest(
        Observation[] memory list,
        uint256 count,
        uint256 value
    ) internal pure returns (Observation memory item, uint256 distance) {
        (Observation memory low, Observation memory high) = (list[0], list[count - 1]);
        (item, distance) = (low, low.price > value ? low.price - value : value - low.price);
        uint256 above = high.price > value ? high.price - value : 0;
        if (above > distance) (item, distance) = (high, above);
    }

    /// @notice The observation that is least sure of itself; the lowest one of several. `count` > 0.
    function leastSure(Observation[] memory list, uint256 count) internal pure returns (Observation memory item) {
        item = list[0];
        for (uint256 i = 1; i < count; ++i) {
            if (list[i].confidence > item.confidence) item = list[i];
        }
    }

    function totalWeight(Observation[] memory list, uint256 count) private pure returns (uint256 total) {
        for (uint256 i; i < count; ++i) total += list[i].weight;
    }
}
