// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {LibBit} from "solady/src/utils/LibBit.sol";

/// @notice The non-empty tranches of one side of a market, by rank (class, then bucket), in a two-level bitmap.
/// @dev A word has 128 ranks of a directional class in its lower half, and the same ranks of hedged tranches, which come after all
/// directional ones, in its upper half. So a trade that makes a short hedged, or the first one of a market, writes no further slot.
/// @param summary bit w is set while word w has a bit set
/// @param words 128 words of two times 128 ranks
struct TrancheSet {
    uint256 summary;
    mapping(uint256 word => uint256) words;
}

/// @title Ordered walk over the tranches of a side
/// @dev A walk reads each word at most twice, once for either half, and only words that have a tranche in one of them.
library TrancheIndex {
    /// @dev One past the last rank.
    uint256 internal constant END = 1 << 15;

    /// @dev Words there are, and ranks of one half of a word.
    uint256 private constant HALF = 128;

    function add(TrancheSet storage self, uint256 rank) internal {
        (uint256 place, uint256 bit) = _locate(rank);
        uint256 word = self.words[place];
        if (word == 0) self.summary |= 1 << place;
        self.words[place] = word | bit;
    }

    function remove(TrancheSet storage self, uint256 rank) internal {
        (uint256 place, uint256 bit) = _locate(rank);
        uint256 word = self.words[place] & ~bit;
        self.words[place] = word;
        if (word == 0) self.summary &= ~(1 << place);
    }

    /// @notice The first rank at or after `rank`, END if there is none.
    function next(TrancheSet storage self, uint256 rank) internal view returns (uint256) {
        if (rank >= END) return END;
        uint256 later = _half(self, rank / HALF) >> (rank % HALF);
        return later != 0 ? rank + LibBit.ffs(later) : _beyond(self, rank / HALF);
    }

    /// @dev The first rank in the halves after one; past the last word of the directional halves, the hedged ones begin.
    function _beyond(TrancheSet storage self, uint256 half) private view returns (uint256) {
        uint256 summary = self.summary;
        uint256 ranks;
        while (ranks == 0) {
            uint256 later = summary >> ((half % HALF) + 1);
            if (later != 0) half += 1 + LibBit.ffs(later);
            else if (half < HALF) half = HALF + LibBit.ffs(summary);
            else return END;
            ranks = _half(self, half);
        }
        return half * HALF + LibBit.ffs(ranks);
    }

    /// @dev Ranks 128 * half to 128 * half + 127.
    function _half(TrancheSet storage self, uint256 half) private view returns (uint256) {
        return uint128(self.words[half % HALF] >> (half & HALF));
    }

    /// @dev The word of a rank, and its bit there.
    function _locate(uint256 rank) private pure returns (uint256 place, uint256 bit) {
        uint256 half = rank / HALF;
        return (half % HALF, 1 << ((half & HALF) | (rank % HALF)));
    }
}
