// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {LibBit} from "solady/src/utils/LibBit.sol";

/// @notice The non-empty tranches of one side of a market, by rank (class, then bucket), in a two-level bitmap.
/// @param summary bit w is set while word w has a bit set
/// @param words 128 words of 256 ranks
struct TrancheSet {
    uint256 summary;
    mapping(uint256 word => uint256) words;
}

/// @title Ordered walk over the tranches of a side
library TrancheIndex {
    /// @dev One past the last rank.
    uint256 internal constant END = 1 << 15;

    function add(TrancheSet storage self, uint256 rank) internal {
        uint256 word = self.words[rank >> 8];
        if (word == 0) self.summary |= 1 << (rank >> 8);
        self.words[rank >> 8] = word | (1 << (rank & 255));
    }

    function remove(TrancheSet storage self, uint256 rank) internal {
        uint256 word = self.words[rank >> 8] & ~(1 << (rank & 255));
        self.words[rank >> 8] = word;
        if (word == 0) self.summary &= ~(1 << (rank >> 8));
    }

    /// @notice The first rank at or after `rank`, END if there is none.
    function next(TrancheSet storage self, uint256 rank) internal view returns (uint256) {
        if (rank >= END) return END;
        uint256 wordIndex = rank >> 8;
        uint256 word = self.words[wordIndex] >> (rank & 255);
        if (word != 0) return rank + LibBit.ffs(word);
        if (wordIndex == 127) return END;
        uint256 later = self.summary >> (wordIndex + 1);
        if (later == 0) return END;
        wordIndex += 1 + LibBit.ffs(later);
        return (wordIndex << 8) | LibBit.ffs(self.words[wordIndex]);
    }
}
